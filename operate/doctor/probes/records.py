"""Observes lock and records of a stack in its store; decides nothing."""

import time

from messages.stack_name import name_stack
from operate.doctor.stack import RecordsObservation
from operate.history.history import History
from operate.history.unknown_record import UnknownRecord
from operate.lock.lock import find_holder
from operate.lock.process import describe_lock
from operate.store.object_store import ObjectStore


def observe_records(environment: str, store: ObjectStore) -> RecordsObservation:
    """Return who holds the lock of a store, and what is unfinished.

    Args:
        environment: Name of the stack.
        store: Store of lock and history.
    """
    started_at = time.monotonic()
    holder = find_holder(store)
    current = History(store).current()
    milliseconds = (time.monotonic() - started_at) * 1000
    lock = describe_lock(holder[0], holder[1]) if holder else ""
    if current is None:
        return RecordsObservation(lock, milliseconds=milliseconds)
    if isinstance(current, UnknownRecord):
        return RecordsObservation(lock, notices=(current.description,), milliseconds=milliseconds)
    under_way = f"a {current.title} by {current.who} since {current.at}"
    resume = name_stack(f"operate {current.command}", environment)
    return RecordsObservation(lock, under_way, resume, milliseconds=milliseconds, current=current)
