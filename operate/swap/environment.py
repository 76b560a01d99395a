"""A stack with all its real edges."""

import secrets
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from operate.error import OperateError
from operate.lock.lock import TTL
from operate.lock.process import this_process
from operate.store.folder_store import FolderStore
from operate.store.object_store import ObjectStore
from operate.store.swift_store import SwiftStore
from operate.swap.edges import Preview, SystemClock, Wanted, World
from operate.swap.facts import Colour, Facts
from operate.swap.kept_facts import KeptFacts, state_folder
from operate.swap.operation import Operations
from operate.swap.ssh import ServerShell, SshLink
from operate.swap.ssh_doors import SshDoors
from operate.swap.ssh_traffic import SshTraffic

if TYPE_CHECKING:
    from operate.swap.pulumi_stack import PulumiStack


@dataclass(frozen=True)
class OpenEnvironment:
    """A stack that can be operated.

    Attributes:
        name: of the stack.
        facts: that it told.
        store: of lock and history.
        operations: what can be done.
    """

    name: str
    facts: Facts
    store: ObjectStore
    operations: Operations


@contextmanager
def open_environment(
    name: str,
    what: str,
    tell: Callable[[str], None],
    config_file: Path | None = None,
    *,
    kept: bool = False,
    without: Collection[str] = (),
) -> Iterator[OpenEnvironment]:
    """Open a stack.

    Args:
        name: of the stack.
        what: the command, for the lock.
        tell: is given a line for each step.
        config_file: the stack's file where it is elsewhere.
        kept: take what the stack told the last time, if there is anything, and spare Pulumi.
        without: servers whose front doors are lost, and left alone.

    Raises:
        OperateError: the stack does not tell what is needed.
    """
    keeper = KeptFacts(state_folder(), name)
    stack = _LateStack(name, config_file, keeper, without)
    facts = ((keeper.read() if kept else None) or stack.facts()).without(without)
    link = SshLink(facts)
    traffic = SshTraffic(link)
    try:
        store = SwiftStore(facts.swift) if facts.swift else FolderStore(ServerShell(link, facts.doors[0]))
        world = World(stack, SshDoors(facts, link), traffic, SystemClock(), tell)
        yield OpenEnvironment(name, facts, store, Operations(world, store, this_process(what, TTL)))
    finally:
        with suppress(OperateError):
            traffic.close()
        link.close()


def new_id() -> str:
    """An identity that sorts by time, to the millisecond: a rollback may follow within a second."""
    now = datetime.now(UTC)
    return f"{now:%Y%m%dT%H%M%S}.{now.microsecond // 1000:03d}Z-{secrets.token_hex(3)}"


class _LateStack:
    """The stack by the Automation API, which takes a second to load: not before it is needed."""

    def __init__(
        self, name: str, config_file: Path | None, keeper: KeptFacts, without: Collection[str] = ()
    ) -> None:
        self._name, self._file, self._keeper, self._without = name, config_file, keeper, without
        self._made: PulumiStack | None = None

    def facts(self) -> Facts:
        """Return what its outputs tell."""
        return self._stack.facts().without(self._without)

    def preview(self, wanted: Wanted) -> Preview:
        """Ask what bringing it there would do."""
        return self._stack.preview(wanted)

    def build(self, wanted: Wanted) -> str:
        """Bring the stack there."""
        return self._stack.build(wanted)

    def note_live(self, live: Colour, note: Mapping[str, str], wanted: Wanted | None = None) -> None:
        """Write to the configuration which colour is live."""
        self._stack.note_live(live, note, wanted)

    @property
    def _stack(self) -> "PulumiStack":
        if self._made is None:
            from operate.swap.pulumi_stack import PulumiStack, StackPlace

            place = StackPlace(self._name, self._file and self._file.resolve())
            self._made = PulumiStack(place, SystemClock(), self._keeper.write)
        return self._made
