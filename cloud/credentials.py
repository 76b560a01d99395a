"""The account's user and API key: made once for a state folder, kept in a file of mode 0600."""

import json
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Credentials:
    """A user and that user's key, in the shapes that SoftLayer gives out."""

    username: str
    api_key: str = field(repr=False)


def read_or_make(file: Path) -> Credentials:
    """Return the credentials in the file, made where there are none."""
    if file.exists():
        return Credentials(**json.loads(file.read_text()))
    credentials = Credentials(f"SL{secrets.randbelow(900_000) + 100_000}", secrets.token_hex(32))
    write_private(file, json.dumps({"username": credentials.username, "api_key": credentials.api_key}))
    return credentials


def write_private(file: Path, text: str) -> None:
    """Write a file that only its owner may read; readers see the old text or the new one, never half."""
    new = file.with_name(f"{file.name}.new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as stream:
        os.fchmod(stream.fileno(), 0o600)
        stream.write(text)
    new.rename(file)
