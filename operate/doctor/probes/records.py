"""Observes lock and records of a stack in its store; decides nothing."""

import time

from messages.stack_name import name_stack
from operate.doctor.judgements.stack import RecordsObservation
from operate.history.history import History
from operate.history.interrupted import INTERRUPTED
from operate.history.unknown_record import UnknownRecord
from operate.lock.lock import find_holder
from operate.lock.process import describe_lock
from operate.record.record import Record
from operate.store.object_store import ObjectStore


def observe_records(environment: str, store: ObjectStore) -> RecordsObservation:
    """Return who holds the lock of a store, and what is unfinished.

    Args:
        environment: Name of the stack.
        store: Store of lock and history.
    """
    started_at = time.monotonic()
    holder, history = find_holder(store), History(store)
    current = history.current()
    milliseconds = (time.monotonic() - started_at) * 1000
    lock = describe_lock(holder[0], holder[1]) if holder else ""
    if isinstance(current, UnknownRecord):
        return RecordsObservation(lock, notices=(current.description,), milliseconds=milliseconds)
    unfinished = current or _interrupted(history)
    if unfinished is None:
        return RecordsObservation(lock, milliseconds=milliseconds)
    under_way = f"a {unfinished.title} by {unfinished.who} since {unfinished.at}"
    resume = name_stack(f"operate {unfinished.command}", environment)
    return RecordsObservation(lock, under_way, resume, milliseconds=milliseconds, current=current)


def _interrupted(history: History) -> Record | None:
    """Return the last entry where its operator was killed, as that of a retirement may be."""
    last = next(iter(history.entries(1)), None)
    return last if isinstance(last, Record) and last.result == INTERRUPTED else None
