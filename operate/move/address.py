"""How clients come from one front door to another: global IP, DNS record, or another address."""

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Protocol
from urllib.parse import urlsplit

from messages.count import format_count
from operate.clock import Clock
from operate.error import OperateError
from operate.move.interfaces import MoveDependencies
from operate.record.options import SwapOptions
from operate.stack.facts import DoorFacts, Facts

CLOSE_LIMIT = 75.0
"""Seconds for which connections that are kept open are waited for: HAProxy ends an idle one after 60."""
HOLD_SECONDS = 60
"""For which new connections wait at most while the address is routed: it takes below a minute."""
HOLD_PATIENCE = 5.0
"""Seconds for which new connections wait until those under way have ended (choice)."""


class Address(Protocol):
    """Where clients come in."""

    def reaches(self, door: DoorFacts) -> bool:
        """Whether clients come to a front door now, as far as anybody knows."""

    def switch(self, before: DoorFacts, after: DoorFacts, check: Callable[[], None]) -> str:
        """Bring clients from one front door to another; returns what was done, for people.

        Raises:
            OperateError: The switch does not come about; the same command tries again.
        """


@dataclass(frozen=True)
class GlobalIp:
    """One address that is routed.

    A connection does not survive the change of its route: those under way end first, while new ones wait.
    """

    address: str
    dependencies: MoveDependencies
    clock: Clock
    options: SwapOptions

    def reaches(self, door: DoorFacts) -> bool:
        """Ask the account."""
        return self.dependencies.global_ip.read_target() == door.public_address

    def switch(self, before: DoorFacts, after: DoorFacts, check: Callable[[], None]) -> str:
        """Let connections end, let new ones wait for a moment, and lead the address over.

        An operator who was killed here may have left either front door so that connections end.
        """
        if self.reaches(after):
            return f"{self.address} leads to {after.name} already{self._reopen(before, after)}"
        handover = self.dependencies.handover
        handover.close(before, self.address)
        try:
            self._await_closed(before, check)
            held_at = self._await_held(before, check)
            check()
            self.dependencies.global_ip.set_route(after.public_address)
        finally:
            handover.release(before, self.address)
        waited = self.clock.monotonic() - held_at
        reopened = self._reopen(after)
        return (
            f"{self.address} leads to {after.name}; new connections waited {waited:.1f} s at most{reopened}"
        )

    def _reopen(self, *doors: DoorFacts) -> str:
        """Have front doors keep connections open; returns what to know of those that do not answer."""
        notes = ""
        for door in doors:
            try:
                self.dependencies.handover.release(door, self.address)
            except OperateError as error:
                notes += (
                    f"; {door.name} may still end each connection with its answer ({error}); `operate recover"
                    " ENV` has it keep them open once the move has ended"
                )
        return notes

    def _await_closed(self, door: DoorFacts, check: Callable[[], None]) -> None:
        """Wait until the connections that were kept open before have ended."""
        started_at = self.clock.monotonic()
        while self.clock.monotonic() - started_at < CLOSE_LIMIT:
            if self.dependencies.handover.kept_connections(door, self.address) == 0:
                return
            self.clock.sleep(self.options.interval)
            check()

    def _await_held(self, door: DoorFacts, check: Callable[[], None]) -> float:
        """Let new connections wait as soon as those under way end within a moment; returns since when."""
        started_at = self.clock.monotonic()
        while True:
            held_at = self.clock.monotonic()
            remaining = self._hold(door)
            if remaining == 0:
                return held_at
            if held_at - started_at >= self.options.drain_limit:
                raise OperateError(
                    f"{door.name} still has {format_count(remaining, 'transfer')}, which another route of"
                    f" {self.address} would cut, so that its route was not changed. Run the command again"
                    " once they have ended; `operate move ENV --back` undoes the move"
                )
            self.clock.sleep(self.options.interval)
            check()

    def _hold(self, door: DoorFacts) -> int:
        """Let new connections wait; returns how many are left under way, and takes new ones again then."""
        handover, started_at = self.dependencies.handover, self.clock.monotonic()
        handover.hold(door, self.address, HOLD_SECONDS)
        while remaining := handover.open_connections(door, self.address):
            if self.clock.monotonic() - started_at >= HOLD_PATIENCE:
                handover.resume(door, self.address)
                return remaining
            self.clock.sleep(0.1)
        return 0


@dataclass(frozen=True)
class DnsRecord:
    """A name whose record the operator changes."""

    name: str
    dependencies: MoveDependencies
    clock: Clock
    options: SwapOptions
    log: Callable[[str], None]

    def reaches(self, door: DoorFacts) -> bool:
        """Whether the name means the front door's address and no other on this machine."""
        return self.dependencies.resolve(self.name) == {door.client_address}

    def switch(self, before: DoorFacts, after: DoorFacts, check: Callable[[], None]) -> str:
        """Report the record to the operator, and wait until the name resolves to the new address.

        Raises:
            OperateError: This machine still resolves the name to another address after the drain limit.
        """
        record = f"{self.name} A {after.client_address}"
        if not self.reaches(after):
            self.log(
                f"switch: set the DNS record `{record}` (it was {before.client_address}); waits until this"
                " machine sees it"
            )
        started_at = self.clock.monotonic()
        while not self.reaches(after):
            if self.clock.monotonic() - started_at >= self.options.drain_limit:
                addresses = ", ".join(sorted(self.dependencies.resolve(self.name))) or "nothing"
                raise OperateError(
                    f"{self.name} must resolve to {after.client_address} alone, got {addresses} on this"
                    f" machine; set the DNS record `{record}`, and run the command again"
                )
            self.clock.sleep(self.options.interval)
            check()
        return f"{self.name} resolves to {after.client_address}"


@dataclass(frozen=True)
class OwnAddress:
    """Each front door has an address of its own, which the operator gives to clients."""

    def reaches(self, door: DoorFacts) -> bool:
        """Nobody knows what clients use."""
        return True

    def switch(self, before: DoorFacts, after: DoorFacts, check: Callable[[], None]) -> str:
        """Return what the operator gives to clients; the step's own line shows it."""
        return f"let clients use {after.endpoint} instead of {before.endpoint}; both serve now"


def address_of(
    facts: Facts,
    target: str,
    dependencies: MoveDependencies,
    clock: Clock,
    options: SwapOptions,
    log: Callable[[str], None],
) -> Address:
    """Return how clients come to a front door."""
    if facts.global_ip is not None:
        return GlobalIp(facts.global_ip.address, dependencies, clock, options)
    names = {host_of(door) for door in facts.doors}
    host = host_of(facts.door(target))
    if not is_address(host) and names == {host}:
        return DnsRecord(host, dependencies, clock, options, log)
    return OwnAddress()


def host_of(door: DoorFacts) -> str:
    """Return the name or address of a front door's endpoint."""
    return urlsplit(door.endpoint).hostname or ""


def is_address(host: str) -> bool:
    """Whether a host is an IP address, and no DNS name."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
