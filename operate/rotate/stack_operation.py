"""The swap or the move of a stack that is not finished, with all real edges."""

from collections.abc import Callable
from pathlib import Path

from messages.stack_name import name_stack
from operate.error import NotStartedError
from operate.record.observed_releases import ObservedReleases
from operate.record.record import Record
from operate.stack.config.unfinished_adoption import require_no_adoption
from operate.store.object_store import UnusableStoreError
from operate.swap.environment import open_environment
from operate.swap.observed_state import ObservedState


def operation_under_way(
    environment: str, command: str, config_file: Path | None, log: Callable[[str], None]
) -> Record | None:
    """Return what is under way, as `observe_operation` does."""
    observed = observe_operation(environment, command, config_file, log)
    return observed.current if observed else None


def observe_operation(
    environment: str, command: str, config_file: Path | None, log: Callable[[str], None]
) -> ObservedState | None:
    """Return doors and records; None where the store takes only a key that the account has no more.

    Args:
        environment: The stack's name.
        command: Command that needs to know, for the message.
        config_file: The stack's file where it is elsewhere.
        log: Receives a line where it is not known.

    Raises:
        NotStartedError: An operation is under way that cannot be read, front doors or records do not answer,
            an adoption has not ended, or the stack file is older than the last swap.
    """
    require_no_adoption(environment, config_file)
    try:
        with open_environment(environment, command, log, config_file, is_question=True) as opened:
            observed = opened.operations.observe(opened.facts)
            opened.operations.require_current_file(observed)
    except UnusableStoreError as error:
        log(f"whether a swap or a move is under way is not known: {error}")
        return None
    if observed.unknown_current is not None:
        unknown = observed.unknown_current
        remedy = name_stack(unknown.remedy, environment)
        raise NotStartedError(f"not finished: {unknown.description}; {remedy}")
    return observed


def observe_releases(
    environment: str, command: str, config_file: Path | None, log: Callable[[str], None]
) -> ObservedReleases:
    """Return a stack's releases as front doors and records have them.

    Args:
        environment: The stack's name.
        command: Command that needs to know, for the message.
        config_file: The stack's file where it is elsewhere.
        log: Receives a line for each step.

    Raises:
        OperateError: Front doors or records do not answer.
    """
    with open_environment(environment, command, log, config_file, is_question=True) as opened:
        return opened.operations.observe(opened.facts).releases
