"""The bin folder: every executable of the engine, side by side, so that each finds the others on PATH.

Beside it `plugins`, with the plugins once more, as $PULUMI_HOME/plugins has them: Pulumi warns of each plugin
that it takes from PATH.
"""

import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from dev.engine.part import PLUGINS


def complete(folder: Path, files: Iterable[str]) -> bool:
    """Return whether a bin folder holds files of these names, with the plugins beside it, all executable."""
    plugins = [folder.parent / "plugins" / place / name for name, place in PLUGINS.items()]
    return all(os.access(file, os.X_OK) for file in [*(folder / name for name in files), *plugins])


def install(files: Mapping[str, Path], folder: Path, temporary: Path, *, link: bool) -> None:
    """Make a bin folder and the plugins beside it, all or nothing.

    Args:
        files: Name in the folder to where the file is.
        folder: The folder to make; what its parent held is replaced.
        temporary: A folder on the same file system to work in.
        link: True points to the files where they are; False shares their contents, so that the folder
            stays good when they are removed.
    """
    temporary.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=temporary) as name:
        engine_folder = Path(name) / "engine"
        targets = {target: [engine_folder / folder.name / target] for target in files}
        for target, subfolder in PLUGINS.items():
            targets[target].append(engine_folder / "plugins" / subfolder / target)
        for target, source in files.items():
            for file in targets[target]:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.symlink_to(source) if link else _share(source, file)
        shutil.rmtree(folder.parent, ignore_errors=True)
        folder.parent.parent.mkdir(parents=True, exist_ok=True)
        engine_folder.rename(folder.parent)


def _share(source: Path, target: Path) -> None:
    # A hard link rather than a symbolic one: the language host looks beside its own real path.
    try:
        target.hardlink_to(source)
    except OSError:
        shutil.copy2(source, target)
