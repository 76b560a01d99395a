"""Room on the disk, before a build fills it."""

import shutil
from pathlib import Path

from dev.engine.errors import EngineError

# Measured: the sources take 2.6 GB, the compiled packages 2.2 GB, the executables 0.3 GB.
NEEDED_GB = 6


def require(folder: Path, needed_gb: int = NEEDED_GB) -> None:
    """Refuse to start when a folder's file system has too little room.

    Raises:
        EngineError: Less than the needed number of gigabytes (10**9 bytes) is free.
    """
    folder.mkdir(parents=True, exist_ok=True)
    free_gb = shutil.disk_usage(folder).free / 10**9
    if free_gb < needed_gb:
        raise EngineError(
            f"{folder} has {free_gb:.1f} GB free and a build needs {needed_gb}: "
            "free some, or set REGISTRY_CACHE to a folder on a larger disk"
        )
