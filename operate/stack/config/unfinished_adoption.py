"""Whether a stack file notes an adoption that has not ended; without Pulumi."""

from collections.abc import Mapping
from pathlib import Path

from operate.error import NotStartedError
from operate.stack.config.setting_keys import ADOPTION
from operate.stack.config.stack_file import read_plain, stack_file_of


def describe_adoption(environment: str, stack_file: Path) -> str:
    """Return which adoption has not ended, and what ends it; "" where a stack file notes none.

    Args:
        environment: The stack's name.
        stack_file: The stack's file.
    """
    note = read_plain(stack_file, ADOPTION)
    if note is None:
        return ""
    origin = f" (by {note.get('by')} since {note.get('since')})" if isinstance(note, Mapping) else ""
    return (
        f"an adoption{origin} has not ended, so that lock, records and history may still be signed with the"
        f" lost key, and look like somebody else's: `operate adopt {environment}` resumes it, on the same"
        " machine; docs/runbooks/lost-state.md"
    )


def noted_adoption(environment: str, config_file: Path | None = None) -> str:
    """Return the same of a stack.

    Args:
        environment: The stack's name.
        config_file: The stack's file where it is elsewhere.
    """
    return describe_adoption(environment, stack_file_of(environment, config_file))


def require_no_adoption(environment: str, config_file: Path | None = None) -> None:
    """Refuse to change a stack whose records cannot be distinguished from somebody else's.

    Args:
        environment: The stack's name.
        config_file: The stack's file where it is elsewhere.

    Raises:
        NotStartedError: An adoption has not ended.
    """
    if adoption := noted_adoption(environment, config_file):
        raise NotStartedError(f"environment {environment}: {adoption}. Then run the same command again")
