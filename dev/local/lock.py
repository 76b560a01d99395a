"""One run at a time on an environment's folder."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from messages.progress import step


def _try(file: Path) -> int | None:
    """Return the descriptor of the locked file, or None where somebody else holds it."""
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _take(file: Path) -> int:
    descriptor = _try(file)
    if descriptor is None:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
        with step("another run that is at work here"):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
    return descriptor


def _is(file: Path, descriptor: int) -> bool:
    with suppress(FileNotFoundError):
        return os.path.samestat(file.stat(), os.fstat(descriptor))
    return False


@contextmanager
def hold(folder: Path) -> Iterator[None]:
    """Hold a folder's lock; wait for it where another run has it."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "lock"
    descriptor = _take(file)
    while not _is(file, descriptor):  # the run before took the folder away
        os.close(descriptor)
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = _take(file)
    try:
        yield
    finally:
        os.close(descriptor)
