"""Leading the global IP to another front door, without Pulumi and without what may be lost."""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Protocol

from operate.error import OperateError
from operate.route.decision import chosen, door_at, refusal
from operate.swap.edges import DoorStatus, RefusedError
from operate.swap.facts import DoorFacts, Facts


class AddressEdge(Protocol):
    """The global IP in the account; every method raises OperateError."""

    def leads_to(self) -> str:
        """The public address that it leads to; "" is nowhere."""

    def set_route(self, address: str) -> str:
        """Lead it to one; returns once it does, and where it led before."""


class DoorsEdge(Protocol):
    """The front doors, each for itself."""

    def each(self, doors: Sequence[DoorFacts]) -> Sequence[DoorStatus | OperateError]:
        """Ask them all at once, and wait a few seconds at most."""


@dataclass(frozen=True)
class Routed:
    """What was done.

    Attributes:
        address: the global IP.
        before: the door that it led to.
        after: the door that it leads to.
        silent: doors that did not answer.
        seconds: from the command to the account's word that it leads there.
    """

    address: str
    before: str
    after: str
    silent: tuple[str, ...] = ()
    seconds: float = 0.0

    def as_json(self) -> dict[str, object]:
        """As plain data."""
        return asdict(self)


def where(facts: Facts, address: AddressEdge) -> Routed:
    """Tell where it leads, and change nothing."""
    name = door_at(facts, address.leads_to())
    return Routed(stable_address(facts), name, name)


def route(
    facts: Facts,
    server: str,
    doors: DoorsEdge,
    address: AddressEdge,
    log: Callable[[str], None],
    *,
    force: bool = False,
) -> Routed:
    """Lead it to a door that answers, is well, and has live what the others have live.

    Args:
        facts: of the stack.
        server: of the door.
        doors: to ask them.
        address: to move it.
        log: is called with a line for each step.
        force: ignore what that door says.

    Raises:
        RefusedError: clients must not be led there; nothing is changed.
        OperateError: the account refuses, or there is no such door.
    """
    started_at = time.monotonic()
    own, target = stable_address(facts), chosen(facts, server)
    statuses = dict(zip(facts.doors, doors.each(facts.doors), strict=True))
    silent = tuple(door.name for door, status in statuses.items() if isinstance(status, OperateError))
    wrong = _wrong(target, statuses)
    if wrong and not force:
        raise RefusedError(f"{wrong}. {own} is left where it is; --force leads it there all the same")
    log(f"door {target.name} {wrong or 'ok'}" + (f"; no answer: {', '.join(silent)}" if silent else ""))
    before = door_at(facts, address.set_route(target.public_address))
    seconds = round(time.monotonic() - started_at, 2)
    log(f"route ok: {own} led to {before}, leads to {target.name} ({seconds:.1f} s)")
    return Routed(own, before, target.name, silent, seconds)


def _wrong(target: DoorFacts, statuses: dict[DoorFacts, DoorStatus | OperateError]) -> str:
    status = statuses[target]
    if isinstance(status, OperateError):
        return f"{target.name} does not answer ({status})"
    peers = [
        (door.name, peer)
        for door, peer in statuses.items()
        if door is not target and not isinstance(peer, OperateError)
    ]
    return refusal(target.name, status, peers)


def stable_address(facts: Facts) -> str:
    """The global IP.

    Raises:
        OperateError: the stack has none.
    """
    if facts.global_ip is None:
        raise OperateError(
            "the stack has no global IP that could lead elsewhere; set globalIp, see docs/front-doors.md"
        )
    return facts.global_ip.address
