"""What a move acts on, beside what a swap acts on: the stack's settings, the address, doors by name."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from operate.lock.write_guard import CheckedLock
from operate.route.route import DoorStatusClient, GlobalIpClient
from operate.stack.facts import Colour, DoorFacts, Facts
from operate.stack.preview import Preview
from operate.store.object_store import ObjectStore
from operate.swap.interfaces import FrontDoorClient


class SettingsClient(Protocol):
    """The stack and its file; every method raises OperateError where Pulumi fails."""

    def facts(self) -> Facts:
        """Return the facts in its outputs."""

    def locked(self, lock: CheckedLock) -> AbstractContextManager[None]:
        """Let the stack's file be written while a lock is held; without it, every write raises."""

    def setting(self, key: str) -> object:
        """Return a setting of the stack's file as plain data; None where it is not there."""

    def check_settings(self, changes: Mapping[str, object]) -> None:
        """Refuse a stack file that has mistakes with some settings changed, before anything is begun.

        Args:
            changes: The settings; one that is None is taken out.

        Raises:
            OperateError: The stack file has mistakes; the message names all of them.
        """

    def preview_settings(self, settings: Mapping[str, object], live: Colour) -> Preview:
        """Ask what the stack with some other settings would do; changes nothing."""

    def apply_settings(self, settings: Mapping[str, object]) -> str:
        """Write settings, without those that are None, and bring the stack there; returns what was done."""

    def write_settings(self, settings: Mapping[str, object]) -> None:
        """Write settings, and do no more."""


class MoveDoorClient(FrontDoorClient, DoorStatusClient, Protocol):
    """The front doors, together and each by itself."""


class HandoverClient(Protocol):
    """Connections to the global IP at one server; every method raises OperateError."""

    def close(self, door: DoorFacts, address: str) -> None:
        """End each connection with its next answer from now on."""

    def kept_connections(self, door: DoorFacts, address: str) -> int:
        """Return how many connections are open that were so before they were to end."""

    def open_connections(self, door: DoorFacts, address: str) -> int:
        """Return how many connections are open."""

    def hold(self, door: DoorFacts, address: str, seconds: int) -> None:
        """Let new connections wait, for so many seconds at most."""

    def resume(self, door: DoorFacts, address: str) -> None:
        """Take new connections again, which end with their next answer."""

    def release(self, door: DoorFacts, address: str) -> None:
        """Take new connections again, and keep them open again."""


@dataclass(frozen=True)
class MoveDependencies:
    """Everything that a move acts on and a swap does not.

    Attributes:
        stack: The stack and its file.
        doors: Returns the client of the front doors in some facts.
        store: Store of lock and history on a front door's server, for a stack without Swift.
        handover: Connections to the global IP.
        global_ip: The global IP.
        resolve: Returns the addresses that a DNS name means on this machine; none where it means nothing.
        require_login: Raises NotStartedError where a server of the state, DATACENTER-NAME, does not answer.
    """

    stack: SettingsClient
    doors: Callable[[Facts], MoveDoorClient]
    store: Callable[[DoorFacts], ObjectStore]
    handover: HandoverClient
    global_ip: GlobalIpClient
    resolve: Callable[[str], frozenset[str]]
    require_login: Callable[[str], None] = lambda _: None
