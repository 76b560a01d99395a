"""The cache of finished images: a file is there whole or not at all, also after an interruption."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path


def cache_folder() -> Path:
    """Return the folder of finished images, made where it is missing."""
    home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    root = Path(os.environ.get("REGISTRY_CACHE") or Path(home) / "softlayer-registry")
    folder = root / "images"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def made_once(file: Path, make: Callable[[Path, Path], None]) -> Path:
    """Return the file, made first where it is missing; of several callers at once, one makes it.

    Args:
        file: Path of the finished file.
        make: Called with a temporary folder on the same disk, and the path to write in it.

    Raises:
        ImageError: From `make`; nothing is left behind then.
    """
    if file.exists():
        return file
    with (file.parent / f".{file.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.exists():
            _make(file, make)
    return file


def _make(file: Path, make: Callable[[Path, Path], None]) -> None:
    for remains in file.parent.glob(f".{file.name}.work-*"):
        shutil.rmtree(remains, ignore_errors=True)
    work = Path(tempfile.mkdtemp(prefix=f".{file.name}.work-", dir=file.parent))
    try:
        target = work / file.name
        make(work, target)
        target.rename(file)
    finally:
        shutil.rmtree(work, ignore_errors=True)
