"""Which entries of the history were left by an operator who was killed, and what goes on with them."""

from dataclasses import replace
from typing import TypeVar

from messages.stack_name import name_stack
from operate.lock.holder import Holder
from operate.lock.process import is_left
from operate.record.record import UNDER_WAY, Record

T = TypeVar("T")
INTERRUPTED = "interrupted"
"""Result, as it is shown, of an entry whose operator was killed."""


def settle_interrupted(
    record: Record, lock: tuple[Holder, float, int] | None, *, is_last: bool = True
) -> Record:
    """Return an entry as it is shown: under way without a living holder of its lock is interrupted.

    One whose lock is held names what resumes it as well: whether its operator lives on another machine is not
    known here. ENV stands for the stack.

    Args:
        record: Entry of the history.
        lock: Holder of the lock, the age of its heartbeat, and its token; None where nobody holds it.
        is_last: Whether no entry follows it, so that its command finishes it.
    """
    if record.result != UNDER_WAY:
        return record
    command = f"`operate {record.command}`"
    if lock is not None and record.token == lock[2] and not is_left(lock[0]):
        reason = f"if nobody is at work on it, {command} resumes it once its lock is free"
        return replace(record, reason=record.reason or reason)
    reason = f"{command} finishes it" if is_last else "other operations have followed it"
    return replace(record, result=INTERRUPTED, reason=record.reason or reason)


def name_commands(entry: T, environment: str) -> T:
    """Return what the history shows with the stack's name in the commands of its reason.

    Args:
        entry: Entry of the history, or an event.
        environment: The stack's name.
    """
    if isinstance(entry, Record):
        return replace(entry, reason=name_stack(entry.reason, environment))
    return entry
