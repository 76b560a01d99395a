"""Which entries of the history were left by an operator who was killed; pure."""

from dataclasses import replace

from operate.swap.record import UNDER_WAY, Record


def settle_interrupted(record: Record, held_token: int, *, is_last: bool = True) -> Record:
    """Return an entry as it is shown: one that is under way without its lock was interrupted.

    Args:
        record: Entry of the history.
        held_token: Number of the lock that is held; 0 where none is.
        is_last: Whether no entry follows it, so that the same command finishes it.
    """
    if record.result != UNDER_WAY or record.token == held_token:
        return record
    reason = "the same command finishes it" if is_last else "other operations have followed it"
    return replace(record, result="interrupted", reason=record.reason or reason)
