"""What a build depends on, as a short key: the same inputs give the same key, on any machine."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from dev.engine.part import Part

_KEY_LENGTH = 16


def of_part(part: Part, source: Path, go_version: str) -> str:
    """Give the key of one part's build.

    Args:
        part: The part.
        source: The folder with the parts' folders.
        go_version: The compiler's version.

    Returns:
        Sixteen hexadecimal digits over the part's data, the names and contents of every file in its folder,
        and the compiler's version.
    """
    digest = hashlib.sha256()
    _add(digest, repr(part).encode())
    _add(digest, go_version.encode())
    folder = source / part.folder
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        _add(digest, path.relative_to(folder).as_posix().encode())
        _add(digest, path.read_bytes())
    return digest.hexdigest()[:_KEY_LENGTH]


def of_all(keys: Iterable[str]) -> str:
    """Give the key of a whole engine from the keys of its parts."""
    return hashlib.sha256("\n".join(keys).encode()).hexdigest()[:_KEY_LENGTH]


def _add(digest: "hashlib._Hash", data: bytes) -> None:
    # With its length, so that a name's end and the contents' begin cannot be confused.
    digest.update(len(data).to_bytes(8, "big"))
    digest.update(data)
