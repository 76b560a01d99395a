"""What of a stack is under way: a rotation of this kind or of another, its own swap or somebody else's."""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from operate.error import NotStartedError, OperateError
from operate.record.observed_releases import ObservedReleases
from operate.record.record import Record
from operate.record.rotation_note import RotationNote, find_rotation, note_of, read_rotation
from operate.record.rotation_plan import (
    RotationKind,
    RotationProgress,
    RotationStep,
    next_step,
    read_progress,
)
from operate.rotate.rotated_environment import RotatedEnvironment
from operate.stack.config.setting_keys import ROTATION
from operate.stack.config.stack_file import read_named_settings, stack_file_of
from operate.swap.start import require_no_operation


def find_progress(kind: RotationKind, environment: RotatedEnvironment) -> RotationProgress | None:
    """Return how far a rotation of a kind is; None where none is under way.

    Raises:
        NotStartedError: A rotation of another kind is under way.
    """
    progress = read_progress(environment.setting(ROTATION))
    if progress is not None and progress.kind != kind.name:
        note = read_rotation(environment.setting) or note_of(progress, {})
        raise NotStartedError(observed_note(note, environment).description)
    return progress


def require_waiting(kind: RotationKind, progress: RotationProgress | None) -> None:
    """Refuse to give an old secret up, unless a rotation waits for clients, or gives it up already.

    Args:
        kind: Kind of the secret.
        progress: Progress of its rotation; None where none is under way.

    Raises:
        NotStartedError: No client could have been given what follows the old secret.
    """
    if progress is None:
        raise NotStartedError(
            f"no rotation of {kind.name} waits for clients, so that --retire has nothing to give up: nothing"
            f" was changed. `operate rotate {kind.name} ENV` starts one, and --retire ends it once clients"
            " trust the output certificateAuthority"
        )
    if RotationStep.OVERLAP not in progress.done and next_step(kind, progress) is not RotationStep.OVERLAP:
        raise NotStartedError(
            f"the rotation of {kind.name} does not wait for clients yet, so that nothing is given up:"
            f" `operate rotate {kind.name} ENV` resumes it. Then give clients the output certificateAuthority"
        )


def observed_note(note: RotationNote, environment: RotatedEnvironment) -> RotationNote:
    """Return a rotation's note as front doors and records have it, as far as they answer.

    Args:
        note: Note as the stack file has it.
        environment: Stack and its records.
    """
    if note.progress is None or not note.progress.release:
        return note
    observed = ObservedReleases()
    with suppress(OperateError):
        observed = replace(observed, current=environment.under_way(), rollback=environment.rollback_command())
    with suppress(OperateError):
        observed = replace(observed, live=environment.live_release())
    with suppress(OperateError):
        observed = replace(observed, releases=environment.releases())
    return note.observed(observed)


def noted_rotation(environment: str, config_file: Path | None) -> RotationNote | None:
    """Return the rotation that a stack's file notes, read without Pulumi; None where it notes none.

    Args:
        environment: The stack's name.
        config_file: The stack's file where it is elsewhere.
    """
    return find_rotation(read_named_settings(stack_file_of(environment, config_file)))


def find_own_swap(environment: RotatedEnvironment, progress: RotationProgress | None) -> Record | None:
    """Return a rotation's own swap where that is under way.

    Args:
        environment: Stack and its records.
        progress: Progress of the rotation; None where it has not begun.

    Raises:
        NotStartedError: A swap or a move is under way that is none of this rotation.
    """
    current = environment.under_way()
    if current is None:
        return None
    if progress is None or not current.is_swap_to(progress.release):
        require_no_operation(current)
    return current
