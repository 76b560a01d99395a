"""Secrets that the operator gives, or has made: never arguments, which process lists show."""

import secrets
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from messages.count import format_count
from operate.error import NotStartedError, OperateError
from operate.rotate.kinds.password import password_path
from operate.rotate.rotation_request import RotationRequest

_PASSWORD_BYTES = 32
"""Beyond trying out, so that the registry may take a quick hash (docs/reference/access.md)."""


def read_file(file: Path) -> str:
    """Return the text of a file that an operator names.

    Raises:
        OperateError: The file cannot be read.
    """
    try:
        return file.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise OperateError(f"file {file}: cannot be read as text ({type(error).__name__})") from None


def read_lines(names: Sequence[str]) -> Mapping[str, str]:
    """Read secrets from standard input, a line each; nothing where it is a terminal without input.

    Args:
        names: Names of the settings, in their order.

    Raises:
        NotStartedError: Standard input has another number of lines.
    """
    lines = [] if sys.stdin is None or sys.stdin.isatty() else sys.stdin.read().split()
    if lines and len(lines) != len(names):
        number = format_count(len(names), "line")
        raise NotStartedError(f"standard input must have {number}, {' and '.join(names)}, got {len(lines)}")
    return dict(zip(names, lines, strict=True)) if lines else {}


def shared_place(place: str) -> str:
    """Return the place of a file as every operator has it: a shell has put the operator's home for `~`."""
    home = f"{Path.home()}/"
    return f"~/{place.removeprefix(home)}" if place.startswith(home) else place


def new_passwords(users: Sequence[str], first: str) -> RotationRequest:
    """Return a request with a random password for each user.

    Args:
        users: Names of the users; none means the first user.
        first: Name of the first user.
    """
    names = users or [first]
    paths = [password_path("" if name == first else name) for name in names]
    return RotationRequest(secrets={path: secrets.token_urlsafe(_PASSWORD_BYTES) for path in paths})


def certificate_request(certificate: Path, key: Path, authority: Path | None) -> RotationRequest:
    """Return a request with a certificate that the operator provides.

    Args:
        certificate: File with the certificate and those that vouch for it.
        key: File with its key.
        authority: File with the roots that clients are given; None where they know the root.
    """
    settings: dict[str, object] = {"registryCertificate": read_file(certificate)}
    settings["registryCertificateAuthority"] = read_file(authority) if authority else None
    return RotationRequest(secrets={"registryCertificateKey": read_file(key)}, settings=settings)
