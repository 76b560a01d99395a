"""A stack with all that a recovery needs, whatever of it is lost."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from operate.lock.holder import TTL
from operate.lock.lock import acquire
from operate.lock.process import this_process
from operate.store.signed_store import SignedStore
from operate.store.swift_store import SwiftStore
from operate.swap.edges import SystemClock
from operate.swap.kept_facts import KeptFacts, state_folder
from operate.swap.pulumi_stack import PulumiStack, StackPlace


@contextmanager
def open_recovery(name: str, log: Callable[[str], None], config_file: Path | None) -> Iterator[PulumiStack]:
    """Open a stack under the lock.

    Where lock and history are on a server, which may be the one that is lost, there is no lock but Pulumi's.

    Args:
        name: of the stack.
        log: is given a line where there is no lock.
        config_file: the stack's file where it is elsewhere.

    Raises:
        HeldError: another operator holds the lock.
        OperateError: the stack or the lock cannot be read.
    """
    keeper = KeptFacts(state_folder(), name)
    stack = PulumiStack(StackPlace(name, config_file and config_file.resolve()), SystemClock(), keeper.write)
    facts = stack.facts()
    if facts.swift is None:
        log("no lock: lock and history are on a server; see that nobody else operates this stack")
        yield stack
        return
    with acquire(SignedStore(SwiftStore(facts.swift), facts.record_key), this_process("recover", TTL)):
        yield stack
