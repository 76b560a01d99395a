"""A copy of a stack file for what changes nothing.

Whatever of `pulumi` may need the secrets of a stack, such as `preview`, `refresh --preview-only` and `config
--show-secrets`, writes another salt into a file that has none (tried with pulumi 3.259).
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def copied_stack_file(file: Path) -> Iterator[Path]:
    """Lend a copy of a stack file, of the same name; there is none where the file does not exist.

    Args:
        file: the stack's file.
    """
    with tempfile.TemporaryDirectory(prefix="operate-") as folder:
        copy = Path(folder) / file.name
        with suppress(FileNotFoundError):
            shutil.copy(file, copy)
        yield copy
