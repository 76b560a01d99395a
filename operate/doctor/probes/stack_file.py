"""Whether a stack file can be asked for anything."""

from pathlib import Path

from operate.doctor.finding import NotCheckedError
from operate.stack.config.stack_file import is_readable


def require_readable(file: Path) -> None:
    """Return where a stack file is YAML with settings, or does not exist.

    Args:
        file: The stack's file.

    Raises:
        NotCheckedError: It cannot be read, which the check `stack file` names.
    """
    if file.exists() and not is_readable(file):
        raise NotCheckedError(f"{file} cannot be read", named_by="stack file")
