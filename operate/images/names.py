"""Names of repositories, tags and digests, checked before one of them becomes part of a request; pure.

Source: distribution's `reference` package (regexp.go), whose rules the OCI distribution specification shares.
"""

import re

from operate.error import OperateError

_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REPOSITORY = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*", re.ASCII)
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}", re.ASCII)
_DIGEST = re.compile(r"[a-z0-9]+(?:[+._-][a-z0-9]+)*:[A-Fa-f0-9]{32,128}", re.ASCII)
_MOST_CHARACTERS = 255

_OWN_REPOSITORY = re.compile(r"operate/gate|verification/.+")


def is_own_repository(name: str) -> bool:
    """Return whether the program itself pushes to it: a swap's gate, and the verification of an `up`."""
    return _OWN_REPOSITORY.fullmatch(name) is not None


def check_repository(name: str) -> str:
    """Return the name.

    Raises:
        OperateError: No repository can have it.
    """
    if len(name) > _MOST_CHARACTERS or _REPOSITORY.fullmatch(name) is None:
        raise OperateError(f"repository must be such as team/app, in lower case, got {clean(name)!r}")
    return name


def check_tag(name: str) -> str:
    """Return the name.

    Raises:
        OperateError: No tag can have it.
    """
    if _TAG.fullmatch(name) is None:
        raise OperateError(f"tag must be such as 1.0 or latest, got {clean(name)!r}")
    return name


def check_digest(digest: str) -> str:
    """Return the digest.

    Raises:
        OperateError: The text is no digest.
    """
    if _DIGEST.fullmatch(digest) is None:
        raise OperateError(f"digest must be such as sha256:9f86..., got {clean(digest)!r}")
    return digest


def clean(text: str, most: int = 100) -> str:
    """Return a text of a stranger's for a terminal: printable and short."""
    replacement = "\N{REPLACEMENT CHARACTER}"
    printable = "".join(character if character.isprintable() else replacement for character in text)
    return printable if len(printable) <= most else f"{printable[:most]}..."
