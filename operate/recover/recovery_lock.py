"""The lock of a recovery, where there is one."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from operate.lock.holder import TTL
from operate.lock.lock import acquire
from operate.lock.process import this_process
from operate.store.signed_store import SignedStore
from operate.store.swift_store import SwiftStore
from operate.swap.facts import Facts


@contextmanager
def recovery_lock(facts: Facts, command: str, log: Callable[[str], None]) -> Iterator[None]:
    """Hold the lock.

    Where lock and history are on a server, which may be the one that is lost, there is no lock but Pulumi's.

    Args:
        facts: of the stack.
        command: for whoever meets the lock.
        log: is given a line where there is no lock.

    Raises:
        HeldError: another operator holds the lock.
    """
    if facts.swift is None:
        log("no lock: lock and history are on a server; make sure that nobody else operates this stack")
        yield
        return
    store = SignedStore(SwiftStore(facts.swift), facts.record_key, facts.previous_record_key)
    with acquire(store, this_process(command, TTL)):
        yield
