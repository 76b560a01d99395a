"""The files of a checkout: what somebody wrote, without what tools leave beside it."""

import os
from collections.abc import Iterator
from pathlib import Path

from dev.local.environment import CHECKOUT


def source_files() -> Iterator[Path]:
    """Give every file outside of hidden folders, except what Python compiles."""
    for folder, folders, names in os.walk(CHECKOUT):
        folders[:] = [name for name in folders if not name.startswith(".") and name != "__pycache__"]
        yield from (Path(folder, name) for name in names if not name.endswith(".pyc"))
