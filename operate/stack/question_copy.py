"""A copy of a stack file for what changes nothing.

Whatever of `pulumi` may need the secrets of a stack, such as `preview`, `refresh --preview-only` and `config
--show-secrets`, writes another salt into a file that has none (tried with pulumi 3.259).
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from operate.lock.process import process_start

_PREFIX = "copy-"
"""Of the folder of a copy; the number of the process that made it follows."""


@contextmanager
def copied_stack_file(file: Path) -> Iterator[Path]:
    """Lend a copy of a stack file, of the same name; there is none where the file does not exist.

    Args:
        file: The stack's file.
    """
    with tempfile.TemporaryDirectory(prefix=f"{_PREFIX}{os.getpid()}-", dir=_folder_of_copies()) as folder:
        copy = Path(folder) / file.name
        with suppress(FileNotFoundError):
            shutil.copy(file, copy)
        yield copy


def _folder_of_copies() -> Path | None:
    """Return the user's own folder, without what killed commands have left; None where it cannot be made.

    A copy may have secrets that a command was given, and must not stay where nobody looks for it.
    """
    from operate.stack.facts_cache import state_folder  # a tenth of a second for who copies nothing

    folder = state_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError:
        return None
    for left in folder.glob(f"{_PREFIX}*-*"):
        maker = left.name.removeprefix(_PREFIX).partition("-")[0]
        if not maker.isdecimal() or process_start(int(maker)) is None:
            shutil.rmtree(left, ignore_errors=True)
    return folder
