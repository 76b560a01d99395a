"""Marks in place of secrets, so that a container's recipe can be compared and recorded without them.

A text is written with marks; `fill` puts the secrets in their place when the container is created.
"""

import hashlib
import math
from collections.abc import Mapping

import yaml


def mark(name: str) -> str:
    """Return the mark of a secret.

    No setting can contain it by accident. It begins with a brace, so that YAML writes it in single quotes.

    Args:
        name: Name of the secret, such as `swift.key`.
    """
    return f"{{{{{name}:{hashlib.sha256(name.encode()).hexdigest()[:32]}}}}}"


def fill(text: str, secrets: Mapping[str, str]) -> str:
    """Put secrets in the place of their marks.

    A mark that YAML wrote, in single quotes, becomes a YAML scalar; any other one becomes the secret itself.

    Args:
        text: Text with marks.
        secrets: Secrets by name; a secret whose mark is not in the text is not used.
    """
    for name, secret in secrets.items():
        scalar = yaml.safe_dump(secret, default_style='"', width=math.inf).rstrip("\n")
        text = text.replace(f"'{mark(name)}'", scalar).replace(mark(name), secret)
    return text
