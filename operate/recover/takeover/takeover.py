"""A standby takes over: the registry starts on it within seconds, without Pulumi."""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol

from operate.error import NotStartedError, RefusedError
from operate.recover.takeover.standby_choice import choose_standby, healthy_doors
from operate.route.route import DoorStatusClient, GlobalIpClient
from operate.stack.facts import Colour, DoorFacts, Facts, StandbyFacts


class StandbyClient(Protocol):
    """The standby itself; every method raises OperateError."""

    def connect(self) -> None:
        """Log in, so that what follows need not wait for it."""

    def start(self, colour: Colour) -> Mapping[str, int]:
        """Run what was prepared, with a colour live; returns the milliseconds of each step."""

    def pull(self) -> str:
        """Pull through its front door what the lost server had taken; returns what was pulled, for people."""


@dataclass(frozen=True)
class Takeover:
    """What was done.

    Attributes:
        door: The standby as a front door.
        replaced_doors: Front doors in whose place it is.
        address: Steps that clients must take; "" where the address follows by itself.
        seconds: Seconds by step.
        steps: Milliseconds on the standby, by step.
    """

    door: DoorFacts
    replaced_doors: tuple[DoorFacts, ...]
    address: str
    seconds: Mapping[str, float] = field(default_factory=dict)
    steps: Mapping[str, int] = field(default_factory=dict)

    @property
    def standby(self) -> str:
        """Name of the server, DATACENTER-NAME."""
        return self.door.name

    @property
    def endpoint(self) -> str:
        """Address at which clients reach it."""
        return self.door.endpoint

    @property
    def description(self) -> str:
        """What was done, for the history."""
        replaced = ", ".join(door.name for door in self.replaced_doors)
        return f"{self.standby} carries the registry, in the place of {replaced or 'no front door'}"

    def as_json(self) -> dict[str, object]:
        """Return it for programs."""
        return {
            "standby": self.standby,
            "replaced": [door.name for door in self.replaced_doors],
            "endpoint": self.endpoint,
            "address": self.address,
            "seconds": dict(self.seconds),
            "steps": dict(self.steps),
        }


@dataclass(frozen=True)
class TakeoverDependencies:
    """What a takeover acts on.

    Attributes:
        doors: The front doors, to probe whether they are lost.
        standby: The server that takes over.
        address: The global IP in the account; None where the stack has none.
        started_at: Time at which the command was called, seconds of the monotonic clock.
        log: Receives a line for each step.
    """

    doors: DoorStatusClient
    standby: StandbyClient
    address: GlobalIpClient | None
    started_at: float
    log: Callable[[str], None]


def take_over(
    facts: Facts,
    name: str,
    live: Colour,
    doors: Sequence[DoorFacts],
    dependencies: TakeoverDependencies,
    *,
    force: bool = False,
) -> Takeover:
    """Start the registry on a standby, pull from it, and lead the address to it.

    To run it again does no harm: a registry that was started stays as it is.

    Args:
        facts: Facts of the stack.
        name: Name of the standby.
        live: The colour that is live.
        doors: Front doors in whose place the standby may come.
        dependencies: Everything that the takeover acts on.
        force: Whether to take over even if a front door of the standby's datacenter is healthy.

    Raises:
        RefusedError: A front door is healthy; nothing was started.
        OperateError: The standby does not exist, or cannot take over; the text says why.
    """
    standby, seconds = choose_standby(facts, name), dict[str, float]()

    def end(step: str, message: str) -> None:
        seconds[step] = round(time.monotonic() - dependencies.started_at, 2)
        dependencies.log(f"{step} ok: {message}")

    replaced_doors = _find_lost_doors(facts, standby, doors, dependencies, force=force)
    end("doors", f"{', '.join(door.name for door in replaced_doors)} lost")
    steps = dependencies.standby.start(live)
    end("start", f"{standby.door.name} runs {live}")
    end("pull", dependencies.standby.pull())
    address = _route_address(facts, standby, dependencies)
    end("address", address or f"{_global_ip_of(facts)} leads to {standby.door.name}")
    return Takeover(standby.door, tuple(replaced_doors), address, seconds, steps)


def _find_lost_doors(
    facts: Facts,
    standby: StandbyFacts,
    doors: Sequence[DoorFacts],
    dependencies: TakeoverDependencies,
    *,
    force: bool,
) -> Sequence[DoorFacts]:
    """Ask the front doors of the datacenter, and log in to the standby meanwhile."""
    with ThreadPoolExecutor(1) as pool:
        login = pool.submit(dependencies.standby.connect)
        statuses = dict(zip(doors, dependencies.doors.query_each(doors), strict=True))
        login.result()
    healthy = healthy_doors(statuses)
    if healthy and not force:
        route = f"`operate route ENV --to {healthy[0]}` leads the address there; " if facts.global_ip else ""
        raise RefusedError(
            f"{', '.join(healthy)} answers and is healthy, so that nothing was started on"
            f" {standby.door.name}; {route}--force starts it all the same"
        )
    # A door that answers and serves stays a door.
    return [door for door in doors if door.name not in healthy or len(doors) == 1]


def _route_address(facts: Facts, standby: StandbyFacts, dependencies: TakeoverDependencies) -> str:
    """Lead the global IP to the standby; returns what clients have to do where there is none."""
    if dependencies.address is not None:
        dependencies.address.set_route(standby.door.public_address)
        return ""
    listener = next(iter(standby.listens.values()))
    host, _, _ = listener.rpartition(":")
    endpoint = standby.door.endpoint
    if host in endpoint:
        return f"clients reach the registry at {endpoint} now, as neither a name nor a global IP leads there"
    name = endpoint.rpartition("//")[2].rpartition(":")[0]
    return f"set the DNS record of {name} to {host}"


def _global_ip_of(facts: Facts) -> str:
    if facts.global_ip is None:
        raise NotStartedError("the stack has no global IP")
    return facts.global_ip.address
