"""Moves in a simulation of a stack with servers a, b and c, whose operator can be killed at any moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from operate.doors.counters import Counters
from operate.doors.door_status import DoorStatus, FencedError, Read
from operate.error import NotStartedError, OperateError, RefusedError
from operate.move.interfaces import MoveDependencies
from operate.move.operations import MoveOperations
from operate.move.runner import MoveScope
from operate.move.start import MoveRequest
from operate.record.options import SwapOptions
from operate.record.record import Record
from operate.record.reference_read import ReferenceRead
from operate.stack.config.settings_check import InvalidStackFileError
from operate.stack.facts import Colour, ColourFacts, DoorFacts, Facts, GlobalIpFacts
from operate.stack.preview import Preview
from operate.swap.dependencies import Dependencies
from operate.swap.health import ProbeFinding
from operate.swap.start import OperationRequest
from settings.doors.move import move_problems
from tests.support.campaign import Campaign
from tests.support.killed_process import KilledError
from tests.unit.operate.swap.simulated_stack import (
    GuardedFile,
    SimulatedStore,
    Simulation,
    _Edge,
    holder,
)

MOVES = Campaign("simulated-moves", full=100, sample=25)
QUICK = SwapOptions(bake=6.0, drain_limit=60.0, idle=4.0, interval=2.0)
A, B, C = "dal05-a", "dal05-b", "ams01-c"
GLOBAL_IP = "203.0.113.9"
IDLE = Counters(0, 0, 0, 0, 5.0)


@dataclass
class Weakness:
    """How the new front door behaves; each is a way to be bad.

    Attributes:
        preview: what the preview would touch.
        build: `pulumi up` fails with this.
        gate: what the gate finds.
        failing: of a hundred requests through it.
        complaint: what a probe finds.
        clients_stay: clients still come to the old front door after the switch.
    """

    preview: frozenset[str] = frozenset()
    build: str = ""
    gate: str = ""
    failing: int = 0
    complaint: str = ""
    clients_stay: bool = False


class MoveSimulation(Simulation):
    """The stack and its clients; it outlives operators.

    Args:
        doors: that have a front door at the beginning.
        address: how clients come: "global", a DNS name, or "" for each front door's own address.
    """

    def __init__(self, *doors: str, address: str = "global") -> None:
        super().__init__(datacenters=())
        self.address = address
        self.servers: list[dict[str, Any]] = [
            {"name": full[-1], "datacenter": full[:5], **({"frontDoor": True} if full in doors else {})}
            for full in (A, B, C)
        ]
        self.settings: dict[str, Any] = {"retiringDoors": [], "live": "red"}
        self.built_doors = set(doors)
        self.questions: list[bool] = []
        self.leads_to = min(doors, key=(A, B, C).index)
        self.routes = [self.leads_to]
        self.door_counters = dict.fromkeys((A, B, C), IDLE)
        self.fences = dict.fromkeys((A, B, C), 0)
        self.weakness = Weakness()
        self.served: list[str] = []
        self.lock_held = False
        self.dns_follows = True
        self.long_transfers = 0
        self.switched_off: set[str] = set()
        self.closing: set[str] = set()
        """Front doors that end each connection with its answer."""

    @property
    def front_doors(self) -> set[str]:
        """As the stack file has them."""
        return {
            f"{server['datacenter']}-{server['name']}" for server in self.servers if server.get("frontDoor")
        }

    def facts(self) -> Facts:
        doors = [self.door(name) for name in (A, B, C) if name in self.built_doors]
        red = ColourFacts("1", {"modern": 15000}, frozenset({"registry-1"}), {}, "swift-1")
        address = GlobalIpFacts(9, GLOBAL_IP) if self.address == "global" else None
        colours: Mapping[Colour, ColourFacts | None] = {Colour.RED: red, Colour.BLACK: None}
        return Facts(
            None, "docker", "secret", "", "root", "swift-1", tuple(doors), colours, address, store_name=A
        )

    def door(self, name: str) -> DoorFacts:
        own = f"198.51.100.{(A, B, C).index(name) + 1}"
        host = {"global": GLOBAL_IP, "": own}.get(self.address, self.address)
        return DoorFacts(name[:5], name[-1], own, "key", f"https://{host}:5000", ("modern",), 22, own, own)

    def _traffic(self) -> None:
        if not self.lock_held and hasattr(self, "leads_to"):
            for name in {self.leads_to, *([A] if self.weakness.clients_stay else [])} & self.built_doors:
                before = self.door_counters[name]
                failing = self.weakness.failing if name != A else 0
                self.door_counters[name] = replace(
                    before,
                    requests=before.requests + 100,
                    failed=before.failed + failing,
                    bytes_moved=before.bytes_moved + 100,
                )
            self.served.append(self.leads_to if self.leads_to in self.built_doors else "nobody")

    def mover(self, number: int = 1) -> MoveOperations:
        """A new process, which lives until the next one is killed."""
        stack = _Settings(self)
        edges = MoveDependencies(
            stack, lambda _: _Doors(self), lambda _: SimulatedStore(self), _Handover(self), _GlobalIp(self),
            self.resolve, self.require_login,
        )  # fmt: skip
        dependencies = Dependencies(
            stack,  # type: ignore[arg-type]
            _Doors(self),
            _Traffic(self),  # type: ignore[arg-type]
            self.clock,
            self.reported.append,
            self.render_report,
        )
        return MoveOperations(dependencies, MoveScope(edges, SimulatedStore(self)), holder(number))

    def require_login(self, server: str) -> None:
        if server in self.switched_off:
            raise NotStartedError(f"the registry cannot move to {server}, which does not answer")

    def resolve(self, name: str) -> frozenset[str]:
        """The operator sets the record as soon as the command asks for it."""
        dns_requests = [line for line in self.reported if line.startswith("switch: set the DNS record")]
        if dns_requests and self.dns_follows:
            address = dns_requests[-1].split("`")[1].split()[-1]
            self.set_route(next(door for door in (A, B, C) if self.door(door).client_address == address))
        return frozenset({self.door(self.leads_to).client_address})

    def set_route(self, name: str) -> None:
        if name != self.leads_to:
            self.leads_to = name
            self.routes.append(name)


class _Settings(GuardedFile):
    _simulation: MoveSimulation

    def facts(self) -> Facts:
        self._checkpoint("stack facts")
        return self._simulation.facts()

    def setting(self, key: str) -> object:
        if key == "servers":
            return [dict(server) for server in self._simulation.servers]
        return self._simulation.settings.get(key)

    def check_settings(self, changes: Mapping[str, object]) -> None:
        self._checkpoint("stack check")
        if self._simulation.mistakes:
            raise InvalidStackFileError(self._simulation.mistakes)

    def preview_settings(self, settings: Mapping[str, object], live: Colour) -> Preview:
        self._checkpoint("stack preview")
        return Preview({"create": 5}, self._simulation.weakness.preview, 10.0, "swift-1")

    def write_settings(self, settings: Mapping[str, Any]) -> None:
        simulation = self._simulation
        self._lock.require()
        self._checkpoint("stack config")
        values = dict(settings)
        simulation.servers = list(values.pop("servers", simulation.servers))
        simulation.settings |= values
        self._checkpoint("stack config done")

    def apply_settings(self, settings: Mapping[str, Any]) -> str:
        simulation = self._simulation
        self.write_settings(settings)
        self._checkpoint("stack up")
        desired = simulation.front_doors
        assert move_problems(simulation.settings.get("move"), desired) == [], "the settings would refuse"
        if simulation.weakness.build and desired - simulation.built_doors:
            raise OperateError(simulation.weakness.build)
        for retired in simulation.built_doors - desired:
            assert retired in simulation.settings["retiringDoors"], "the guard would refuse"
            assert simulation.address == "" or retired != simulation.leads_to, "clients would be left outside"
        simulation.built_doors = set(desired)
        simulation.clock.sleep(2)
        self._checkpoint("stack up done")
        return "5 created"


class _Doors(_Edge):
    _simulation: MoveSimulation

    def follow(self, doors: Sequence[DoorFacts]) -> None:
        """The simulation has the same doors for ever."""

    def status(self) -> Sequence[DoorStatus]:
        answers = self.query_each(self._simulation.facts().doors)
        return [answer for answer in answers if not isinstance(answer, OperateError)]

    def query_each(self, doors: Sequence[DoorFacts]) -> Sequence[DoorStatus | OperateError]:
        self._checkpoint("doors status")
        return [self._status(door.name) for door in doors]

    def _status(self, name: str) -> DoorStatus | OperateError:
        if name not in self._simulation.built_doors:
            return OperateError(f"{name}: no answer")
        backends = {("modern", "red"): self._simulation.door_counters[name]}
        return DoorStatus(name, {"modern": Colour.RED}, self._simulation.fences[name], backends)

    def raise_fence(self, token: int) -> None:
        self._checkpoint("doors fence")
        for name in sorted(self._simulation.built_doors):
            if token < self._simulation.fences[name]:
                raise FencedError("an operator with a later token has acted")
            self._simulation.fences[name] = token
        self._checkpoint("doors fence done")

    def switch(self, colour: Colour, token: int, *, force: bool) -> Sequence[str]:
        raise AssertionError("a move changes no colour")

    def reads(self, count: int) -> Sequence[Read]:
        self._checkpoint("doors reads")
        return [Read("dal05", "modern", "GET", "/v2/a/manifests/1")]


class _Traffic(_Edge):
    _simulation: MoveSimulation

    def gate(self, facts: Facts, idle: Colour, live: Colour, throttle: float) -> str:
        self._checkpoint("traffic gate")
        self._require_pair(facts)
        if self._simulation.weakness.gate:
            raise RefusedError(self._simulation.weakness.gate)
        return "pushed and pulled"

    def shadow(
        self, facts: Facts, reads: Sequence[Read], idle: Colour, live: Colour, throttle: float
    ) -> tuple[str, tuple[ReferenceRead, ...]]:
        self._checkpoint("traffic shadow")
        self._require_pair(facts)
        assert {read.datacenter for read in reads} == {facts.doors[0].datacenter}
        return f"{len(reads)} reads answered alike", ()

    def probe(
        self, facts: Facts, colour: Colour, reference_reads: Sequence[ReferenceRead] = ()
    ) -> ProbeFinding:
        self._checkpoint("traffic probe")
        return ProbeFinding(self._simulation.weakness.complaint if colour is Colour.RED else "", ms=5.0)

    def _require_pair(self, facts: Facts) -> None:
        """One front door, whose own colour is compared with that of the other server."""
        (door,) = facts.doors
        own, standby = (facts.host(door, colour).name for colour in (Colour.RED, Colour.BLACK))
        assert own == door.name != standby


class _Handover(_Edge):
    _simulation: MoveSimulation

    def close(self, door: DoorFacts, address: str) -> None:
        self._checkpoint("handover close")
        self._simulation.closing.add(door.name)
        self._checkpoint("handover closed")

    def kept_connections(self, door: DoorFacts, address: str) -> int:
        return 0

    def open_connections(self, door: DoorFacts, address: str) -> int:
        return self._simulation.long_transfers

    def hold(self, door: DoorFacts, address: str, seconds: int) -> None:
        self._checkpoint("handover hold")

    def resume(self, door: DoorFacts, address: str) -> None:
        self._checkpoint("handover resume")

    def release(self, door: DoorFacts, address: str) -> None:
        self._checkpoint("handover release")
        self._simulation.closing.discard(door.name)


class _GlobalIp(_Edge):
    _simulation: MoveSimulation

    def read_target(self) -> str:
        self._checkpoint("account asked")
        return self._simulation.door(self._simulation.leads_to).public_address

    def set_route(self, address: str) -> str:
        self._checkpoint("account routes")
        before = self._simulation.leads_to
        self._simulation.set_route(
            next(name for name in (A, B, C) if self._simulation.door(name).public_address == address)
        )
        self._checkpoint("account routed")
        return before


def order(options: SwapOptions = QUICK) -> OperationRequest:
    return OperationRequest("op@host", "now", "a test", options=options)


def move(
    simulation: MoveSimulation,
    to: str = "b",
    operator: int = 1,
    *,
    source: str = "",
    new_address: bool = False,
    retire: bool = False,
) -> Record | str:
    request = MoveRequest(to, source, new_address, retire)
    return simulation.mover(operator).move(order(), request, simulation.facts())


def back(simulation: MoveSimulation, operator: int = 9999) -> Record | str:
    return simulation.mover(operator).back(order(), simulation.facts())


def killed_at(
    simulation: MoveSimulation,
    checkpoint: int,
    to: str = "b",
    *,
    new_address: bool = False,
    retire: bool = False,
) -> bool:
    """Move, and be killed at the Nth checkpoint; False where it ended before."""
    simulation.passed.clear()
    simulation.kill_at = checkpoint
    try:
        move(simulation, to, operator=checkpoint + 1, new_address=new_address, retire=retire)
    except KilledError:
        return True
    finally:
        simulation.kill_at = None
    return False


def check_moved(simulation: MoveSimulation, source: str = A, target: str = B) -> None:
    assert simulation.built_doors == simulation.front_doors
    assert target in simulation.built_doors
    assert source not in simulation.built_doors
    assert simulation.settings["retiringDoors"] == []
    assert simulation.settings.get("move") is None
    assert "operate/swap/current.json" not in simulation.objects
    assert "nobody" not in simulation.served
    assert not simulation.closing & simulation.built_doors, "connections are kept open again"


def check_as_before(simulation: MoveSimulation) -> None:
    assert simulation.built_doors == simulation.front_doors == {A}
    assert simulation.leads_to == A
    assert simulation.settings["retiringDoors"] == []
    assert simulation.settings.get("move") is None
    assert "operate/swap/current.json" not in simulation.objects
    assert "nobody" not in simulation.served
    assert not simulation.closing & simulation.built_doors, "connections are kept open again"
