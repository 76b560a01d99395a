"""One builder at a time, whoever started it. The kernel frees the lock of a builder that was killed."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from messages.progress import step


@contextmanager
def hold(path: Path) -> Iterator[None]:
    """Hold the lock while the block runs, and wait for another builder to end before that.

    Args:
        path: The lock's file; it is made, and holds the process id of who has it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            with step(f"engine: the build of process {path.read_text().strip()}"):
                fcntl.flock(file, fcntl.LOCK_EX)
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
