"""Keeps secrets out of logs and messages, whatever wrote them.

A filter on the root logger and on every outgoing message replaces each secret that the provider has seen
(API key, Swift keys, TempURL keys) by `[secret]`.
"""

import logging

PLACEHOLDER = "[secret]"
SHORTEST = 6
"""Shorter strings are not hidden: they would blot out ordinary words (choice)."""


class Redactor(logging.Filter):
    """Knows the secrets of this process and blots them out."""

    def __init__(self) -> None:
        super().__init__()
        self._secrets: set[str] = set()

    def register_secret(self, secret: object) -> None:
        """Remember a secret; anything but a string of at least `SHORTEST` characters is ignored."""
        if isinstance(secret, str) and len(secret) >= SHORTEST:
            self._secrets.add(secret)

    def clean(self, text: str) -> str:
        """Return the text with every known secret replaced, longest first."""
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, PLACEHOLDER)
        return text

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record in place; it is always let through.

        A traceback is rendered here, cleaned, and kept as text, since it may quote arguments.
        """
        record.msg = self.clean(record.getMessage())
        record.args = ()
        if record.exc_info:
            record.exc_text = self.clean(logging.Formatter().formatException(record.exc_info))
            record.exc_info = None
        return True
