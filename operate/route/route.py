"""Leading the global IP to another front door, without Pulumi and without what may be lost."""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Protocol

from operate.doors.door_status import DoorStatus
from operate.error import NotStartedError, OperateError, RefusedError
from operate.route.decision import choose_door, name_of_target, unsafe_reason
from operate.stack.facts import DoorFacts, Facts


class GlobalIpClient(Protocol):
    """The global IP in the account; every method raises OperateError."""

    def read_target(self) -> str:
        """The public address that it leads to; "" is nowhere."""

    def set_route(self, address: str) -> str:
        """Lead it to one; returns once it does, and where it led before."""


class DoorStatusClient(Protocol):
    """The front doors, each for itself."""

    def query_each(self, doors: Sequence[DoorFacts]) -> Sequence[DoorStatus | OperateError]:
        """Ask them all at once, and wait a few seconds at most."""


@dataclass(frozen=True)
class RouteChange:
    """What was done.

    Attributes:
        address: The global IP.
        before: The door that it led to.
        after: The door that it leads to.
        silent: Doors that did not answer.
        seconds: Seconds from the command until the account reports that it leads there.
    """

    address: str
    before: str
    after: str
    silent: tuple[str, ...] = ()
    seconds: float = 0.0

    def as_json(self) -> dict[str, object]:
        """As plain data."""
        return asdict(self)


def read_route(facts: Facts, address: GlobalIpClient) -> RouteChange:
    """Return the present route, and change nothing."""
    own = stable_address(facts)
    name = name_of_target(facts, address.read_target())
    return RouteChange(own, name, name)


def route(
    facts: Facts,
    server: str,
    doors: DoorStatusClient,
    address: GlobalIpClient,
    log: Callable[[str], None],
    *,
    force: bool = False,
) -> RouteChange:
    """Route the global IP to a front door that answers, is healthy, and agrees with its peers.

    Args:
        facts: Facts of the stack.
        server: Server of the door.
        doors: Client of the front doors.
        address: Route of the global IP.
        log: Called with a line for each step.
        force: Whether to ignore the front door's health.

    Raises:
        RefusedError: Clients must not be led there; nothing is changed.
        OperateError: The account refuses, or there is no such door.
    """
    started_at = time.monotonic()
    own, target = stable_address(facts), choose_door(facts, server)
    statuses = dict(zip(facts.doors, doors.query_each(facts.doors), strict=True))
    silent = tuple(door.name for door, status in statuses.items() if isinstance(status, OperateError))
    wrong = _find_problem(target, statuses)
    if wrong and not force:
        raise RefusedError(f"{wrong}. {own} keeps its route; --force changes it nevertheless")
    log(f"door {target.name} {wrong or 'ok'}" + (f"; no answer: {', '.join(silent)}" if silent else ""))
    before = name_of_target(facts, address.set_route(target.public_address))
    seconds = round(time.monotonic() - started_at, 2)
    log(f"route ok: {own} leads to {target.name}; before, it led to {before} ({seconds:.1f} s)")
    return RouteChange(own, before, target.name, silent, seconds)


def _find_problem(target: DoorFacts, statuses: dict[DoorFacts, DoorStatus | OperateError]) -> str:
    status = statuses[target]
    if isinstance(status, OperateError):
        return f"{target.name} does not answer ({status})"
    peers = [
        (door.name, peer)
        for door, peer in statuses.items()
        if door is not target and not isinstance(peer, OperateError)
    ]
    return unsafe_reason(target.name, status, peers)


def stable_address(facts: Facts) -> str:
    """Return the stack's global IP, an IPv4 address.

    Raises:
        NotStartedError: The stack has none.
    """
    if facts.global_ip is None:
        raise NotStartedError(
            "the stack has no global IP that could lead elsewhere: its setting globalIp is not true. Set it"
            " and run `pulumi up`, or change the DNS record that clients use; see docs/design/front-doors.md"
        )
    return facts.global_ip.address
