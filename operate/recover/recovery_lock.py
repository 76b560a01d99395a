"""The lock of a recovery: whatever is lost, where an operator can still hold one."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from operate.doors.door_status import remembered_fence
from operate.doors.front_doors import SshDoors
from operate.lock.holder import TTL
from operate.lock.lock import Lock, acquire
from operate.lock.numbers import PREFIX
from operate.lock.process import this_process
from operate.lock.write_guard import UnavailableLock
from operate.servers.ssh import ScriptRunner, SshError, SshLink
from operate.stack.facts import DoorFacts, Facts
from operate.store.folder_store import SCRIPT
from operate.store.object_store import UnusableStoreError
from operate.store.stack_store import server_store, stack_store

PATIENCE_SECONDS = 10.0
"""For which a server may take to say that it can keep the lock (choice)."""
_FENCE_SECONDS = 2.0
"""For which a front door may take to say which fencing token it remembers (choice): one that works does
within a second, and whoever recovers from a lost server waits for it."""
_WARNING = "make sure that nobody else operates this stack; Pulumi's own lock still keeps two updates apart"


@contextmanager
def recovery_lock(
    facts: Facts,
    command: str,
    log: Callable[[str], None],
    link: SshLink,
    patience: float = PATIENCE_SECONDS,
    *,
    is_key_current: bool = True,
) -> Iterator[Lock | UnavailableLock]:
    """Hold the lock of the stack; where its place is lost, that of the first server that is left.

    It is the one that a swap takes, in the registry's container or on the server that keeps it. Where that is
    the lost one, recoveries exclude each other on the next server; a swap cannot go on without it either.

    Args:
        facts: Facts of the stack.
        command: Command, for an operator who meets the lock.
        log: Receives a line where there is no lock.
        link: Link that leads to the servers.
        patience: Seconds for which a server may take to answer.
        is_key_current: Whether the facts are Pulumi's, and not those that this machine remembers.

    Raises:
        HeldError: Another operator holds the lock.
        StoreError: The object storage does not answer, so that nobody knows who holds it.
    """
    with ExitStack() as locks:
        lock = _acquire(facts, command, log, link, patience, is_key_current=is_key_current)
        yield locks.enter_context(lock) if lock else UnavailableLock()


def lock_server(facts: Facts, servers: ScriptRunner, patience: float) -> DoorFacts | None:
    """Return the server that keeps the lock of a stack without Swift; None where none answers.

    The order is the same for every operator: the server that keeps the records, the other front doors, the
    standbys.

    Args:
        facts: Facts of the stack.
        servers: Connections to the servers.
        patience: Seconds for which a server may take to answer.
    """
    standbys = [standby.door for standby in facts.standbys]
    candidates = list(dict.fromkeys([facts.store_door, *facts.doors, *standbys]))
    answers = servers.run_each(candidates, SCRIPT, patience, "names", PREFIX)
    for server, answer in zip(candidates, answers, strict=True):
        if not isinstance(answer, SshError) and answer[0] == 0:
            return server
    return None


def query_fence(facts: Facts, link: SshLink, patience: float = PATIENCE_SECONDS) -> int | None:
    """Return the highest fencing token that the front doors remember; None where none of them answers.

    Args:
        facts: Facts of the stack.
        link: Link that leads to the servers.
        patience: Seconds for which a front door may take to answer, where they are fewer than 2.
    """
    doors = SshDoors(facts, link, min(patience, _FENCE_SECONDS))
    return remembered_fence(doors.query_each(facts.doors))


def _acquire(
    facts: Facts,
    command: str,
    log: Callable[[str], None],
    link: SshLink,
    patience: float,
    *,
    is_key_current: bool,
) -> Lock | None:
    me = this_process(command, TTL)
    if facts.swift is None:
        server = lock_server(facts, link, patience)
        if server is None:
            log(f"no lock: no server answers that could keep it; {_WARNING}")
            return None
        if server != facts.store_door:
            log(f"the lock is on {server.name}, since {facts.store_door.name} does not answer")
        floor = query_fence(facts, link, patience)
        store = server_store(facts, link, server)
        return acquire(store, me, floor=floor, is_key_current=is_key_current)
    try:
        floor = query_fence(facts, link, patience)
        return acquire(stack_store(facts, link), me, floor=floor, is_key_current=is_key_current)
    except UnusableStoreError as error:
        log(f"no lock: {error}; {_WARNING}")
        return None
