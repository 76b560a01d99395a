"""Places in the state, as every operator's checkout has them: relative to the program's folder.

Pulumi starts its plugins in the folder with Pulumi.yaml, so that a relative place means the same file to all
of them, whoever runs `pulumi` from whichever checkout.
"""

import hashlib
import os
from functools import cache
from pathlib import Path

PROGRAM = Path(__file__).resolve().parents[2]
_ARCHIVES = Path(".local", "archives")


def place_in_program(path: Path) -> str:
    """Return the place of a file or folder of this checkout, relative to the program's folder.

    Raises:
        ValueError: The file is outside of the checkout.
    """
    return path.resolve().relative_to(PROGRAM).as_posix()


def place_by_content(archive: Path) -> str:
    """Return a place for a file from anywhere, relative to the program's folder and named by its content.

    A link is put there at each run of the program; the state holds the place alone, which is the same
    wherever operators keep the file.

    Args:
        archive: A tar file, relative to the program's folder or absolute.
    """
    file = (PROGRAM / archive).absolute()
    place = _ARCHIVES / f"{content_digest(archive)}.tar"
    _link(PROGRAM / place, file)
    return place.as_posix()


@cache
def _digest(file: Path, _modified: int, _size: int) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def content_digest(archive: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal digits.

    Args:
        archive: Relative to the program's folder or absolute.
    """
    file = (PROGRAM / archive).absolute()
    status = file.stat()
    return _digest(file, status.st_mtime_ns, status.st_size)


def _link(link: Path, target: Path) -> None:
    if link.is_symlink() and link.readlink() == target:
        return
    link.parent.mkdir(parents=True, exist_ok=True)
    new = link.with_suffix(f".{os.getpid()}")
    new.unlink(missing_ok=True)
    new.symlink_to(target)
    new.replace(link)
    for old in link.parent.glob("*.tar"):
        if not old.exists():  # its file was deleted
            old.unlink(missing_ok=True)
