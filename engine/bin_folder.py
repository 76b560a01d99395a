"""The bin folder: every executable of the engine, side by side, so that each finds the others on PATH."""

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from engine.part import FILES


def complete(folder: Path) -> bool:
    """Tell whether a bin folder holds every file, each one executable."""
    return all(os.access(folder / name, os.X_OK) for name in FILES)


def install(files: Mapping[str, Path], folder: Path, temporary: Path, *, link: bool) -> None:
    """Make a bin folder, all or nothing.

    Args:
        files: Name in the folder to where the file is.
        folder: The folder to make; an older one of this name is replaced.
        temporary: A folder on the same file system to work in.
        link: True points to the files where they are; False shares their contents, so that the folder
            stays good when they are removed.
    """
    temporary.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=temporary) as name:
        made = Path(name) / "bin"
        made.mkdir()
        for target, source in files.items():
            if link:
                (made / target).symlink_to(source)
            else:
                _share(source, made / target)
        shutil.rmtree(folder, ignore_errors=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        made.rename(folder)


def _share(source: Path, target: Path) -> None:
    # A hard link rather than a symbolic one: the language host looks beside its own real path.
    try:
        target.hardlink_to(source)
    except OSError:
        shutil.copy2(source, target)
