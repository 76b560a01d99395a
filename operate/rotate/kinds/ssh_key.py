"""The operator's SSH key is followed by another one: every server takes both, then the new one alone."""

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from operate.error import NotStartedError, OperateError, RefusedError
from operate.record.observed_releases import ObservedReleases
from operate.record.record import Record
from operate.record.rotation_note import require_no_rotation
from operate.rotate.changes import WRITTEN_BY_SWAPS
from operate.rotate.edits import require_no_edits
from operate.stack.config.setting_keys import NEXT_SSH_KEY, OLD_SSH_KEY, SSH_KEY
from operate.stack.config.stack_file import PROGRAM
from operate.stack.operator_key import VARIABLE
from operate.stack.state.restored import Restored
from operate.swap.start import require_no_operation


class RotatedStack(Protocol):
    """The part of a stack that a rotation needs; every method raises OperateError."""

    def setting(self, key: str) -> object:
        """Return a setting of its file as plain data; None where it is not there."""

    def check_settings(self, changes: Mapping[str, object]) -> None:
        """Refuse a stack file that has mistakes with some settings changed, before anything is begun."""

    def write_settings(self, settings: Mapping[str, object]) -> None:
        """Write settings to its file; one that is None is taken out."""

    def edited_settings(self) -> Sequence[str]:
        """Return the settings that were edited since the last `pulumi up`."""

    def pending(self) -> str:
        """Return what is not deployed, for people; "" where nothing is but what a swap leaves."""

    def restore(self) -> Restored:
        """Run `pulumi up`."""


class Phase(StrEnum):
    """How far a rotation is, by the stack file."""

    BEFORE = "before"
    BOTH = "both keys"
    NEW = "the new key"


@dataclass(frozen=True)
class KeyRotation:
    """A rotation that ended.

    Attributes:
        before: Place of the key that was in use.
        after: Place of the key in use.
    """

    before: str
    after: str

    def as_json(self) -> dict[str, object]:
        """Return it for programs."""
        return {"before": self.before, "after": self.after}


def phase_of(current: str, following: str, old: str, new: str) -> Phase:
    """Return how far the rotation to a key is.

    Args:
        current: Place of the key in use.
        following: Place of the key that follows it; "" for none.
        old: Place of the key before it, which servers may still take; "" for none.
        new: Place of the key, as the stack file has places.

    Raises:
        NotStartedError: The key is in use already, or a rotation to another key is under way.
    """
    if current == new:
        if not old:
            raise _in_use(new)
        return Phase.NEW
    if old:
        raise NotStartedError(
            f"a rotation to {current} is under way, and servers may still take {old}; end it first: `operate"
            f" rotate ssh-key ENV --new {current}`"
        )
    if following and following != new:
        raise NotStartedError(
            f"a rotation to {following} is under way (nextSshKeyFile); finish it first: `operate rotate"
            f" ssh-key ENV --new {following}`, or `pulumi config rm nextSshKeyFile`"
        )
    return Phase.BOTH if following else Phase.BEFORE


def rotate_ssh_key(
    stack: RotatedStack,
    new: str,
    use: Callable[[str], None],
    under_way: Callable[[], Record | None],
    observe: Callable[[], ObservedReleases],
    log: Callable[[str], None],
) -> KeyRotation:
    """Let another key follow the operator's; resumes where it was stopped.

    Args:
        stack: Stack whose operator's key is rotated.
        new: Place of the key that follows, as the stack file has places: for every operator.
        use: Called once the new key is in use, with its place.
        under_way: Returns the swap, the rollback or the move that is under way.
        observe: Returns the releases as front doors and records have them.
        log: Receives a line for each step.

    Raises:
        RefusedError: The stack has changes that are not deployed; nothing was changed.
        OperateError: A server does not take the new key; the old one still opens every server. Or there is
            no such key pair on this machine, or a swap, a move or another rotation is under way; then nothing
            was begun.
    """
    before, following, old = (str(stack.setting(key) or "") for key in (SSH_KEY, NEXT_SSH_KEY, OLD_SSH_KEY))
    phase = phase_of(before, following, old, new)
    if phase is Phase.BEFORE:
        _require_other_key(before, new)
        stack.check_settings({NEXT_SSH_KEY: new})
        require_no_rotation(stack.setting, observe)
        require_no_operation(under_way())
        if pending := _pending(stack):
            raise RefusedError(
                f"the stack has changes that are not deployed ({pending}); run `pulumi up` first,"
                " so that the rotation changes nothing but keys"
            )
        stack.write_settings({NEXT_SSH_KEY: new})
    if phase is not Phase.NEW:
        log(f"both keys ok: {stack.restore().changes}; every server takes {new}, and was tried")
        stack.write_settings({SSH_KEY: new, NEXT_SSH_KEY: None, OLD_SSH_KEY: before})
    use(new)
    log(f"new key ok: {stack.restore().changes}; no server takes the old one any more")
    stack.write_settings({OLD_SSH_KEY: None})
    return KeyRotation(old if phase is Phase.NEW else before, new)


def _require_other_key(before: str, new: str) -> None:
    """Refuse a copy of the key in use, as far as this machine has both.

    Raises:
        NotStartedError: Both files have the same key.
    """
    places = (os.environ.get(VARIABLE) or before, new)
    with suppress(OSError):
        current, following = ((PROGRAM / Path(place).expanduser()).read_bytes() for place in places)
        if current.split() == following.split():
            raise _in_use(new)


def _in_use(place: str) -> NotStartedError:
    return NotStartedError(
        f"{place} is the key in use already, and no rotation to it is under way: nothing was changed."
        " Create another key pair, then run `operate rotate ssh-key ENV --new FILE` with it"
    )


def _pending(stack: RotatedStack) -> str:
    try:
        return stack.pending()
    except OperateError:
        # An edit may be what Pulumi refuses, since it would change what is live; swaps write the rest.
        require_no_edits(
            [name for name in stack.edited_settings() if name not in WRITTEN_BY_SWAPS], "the rotation"
        )
        raise
