"""Secrets that the operator gives: never arguments, which process lists show."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from messages.count import format_count
from operate.error import NotStartedError, OperateError
from operate.rotate.rotation_request import RotationRequest


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
