"""A simulation of a stack, its doors, its colours and its object storage, for operate's own decisions.

Not the real thing: that swaps work on real doors is shown in tests/e2e. Here an operator can be killed before
and after whatever it does, and time passes only when somebody waits.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Any

from operate.doors.counters import Counters
from operate.doors.door_status import DoorStatus, FencedError, Read
from operate.error import OperateError, RefusedError
from operate.lock.holder import Holder
from operate.lock.write_guard import CheckedLock
from operate.record.record import Record
from operate.record.reference_read import ReferenceRead
from operate.stack.config.desired_release import DesiredRelease
from operate.stack.config.settings_check import InvalidStackFileError
from operate.stack.facts import Colour, ColourFacts, DoorFacts, Facts
from operate.stack.preview import Preview
from operate.store.object_store import ObjectStore, Stored
from operate.swap.dependencies import Dependencies, render_report
from operate.swap.health import ProbeFinding
from operate.swap.operations import Operations
from tests.support.campaign import SCALE
from tests.support.killed_process import KilledError
from tests.support.simulated_operator import SimulatedClock, SimulatedLock


@dataclass
class SimulatedRelease:
    """How a release behaves; each is a way to be bad.

    Attributes:
        gate: what the gate finds; "" is nothing.
        shadow: what the shadow finds.
        unwell: the door's own health check fails.
        build: `pulumi up` fails with this.
        failing: of a hundred requests through the door.
        response_ms: mean, through the door.
        late: seconds after which it goes bad.
        complaint: what a probe finds once it is bad.
        storage: fingerprint.
        touches_live: the build would change the live colour's container.
        touches_idle: the build replaces the idle colour's container, although it is of that release.
    """

    gate: str = ""
    shadow: str = ""
    unwell: bool = False
    build: str = ""
    failing: int = 0
    response_ms: float = 5.0
    late: float = 0.0
    complaint: str = ""
    storage: str = "swift-1"
    touches_live: bool = False
    touches_idle: bool = False


@dataclass
class SimulatedDoor:
    datacenter: str
    live: Colour
    fence: int = 0
    counters: dict[Colour, Counters] = field(
        default_factory=lambda: {colour: Counters(0, 0, 0, 0, 5.0) for colour in Colour}
    )


class Simulation:
    """The simulated stack, doors and storage; it outlives operators."""

    def __init__(self, *, datacenters: tuple[str, ...] = ("dal05", "ams01")) -> None:
        self.render_report: Callable[[Record], str] = report_title
        self.clock = SimulatedClock()
        self.clock.waited.append(self._traffic)
        self.doors = [SimulatedDoor(name, Colour.RED) for name in datacenters]
        self.config: dict[str, Any] = {"red": "1", "black": "", "live": "red"}
        self.built: dict[Colour, str] = {Colour.RED: "1", Colour.BLACK: ""}
        self.followed: tuple[DoorFacts, ...] = ()
        self.releases: dict[str, SimulatedRelease] = {}
        self.objects: dict[str, tuple[bytes, float]] = {}
        self.listed: list[str] | None = None
        self.recorded_token = 0
        self.last_swap: Mapping[str, str] | None = None
        self.rotation: Mapping[str, object] | None = None
        self.mistakes = ""
        self.passed: list[str] = []
        self.kill_at: int | None = None
        self._awaited = (0, "")
        self.stop_at: int | None = None
        self.meanwhile: Callable[[], None] = lambda: None
        self.killed = 0
        self.unavailable: set[str] = set()
        self.reported: list[str] = []
        self.live_seen: list[tuple[str, ...]] = []
        self.broken_transfers = 0
        self.rests: list[float] = []
        self.open_transfers: dict[Colour, int] = {Colour.RED: 0, Colour.BLACK: 0}

    @property
    def checkpoint_count(self) -> int:
        return len(self.passed)

    def checkpoint(self, what: str, life: int) -> None:
        """Pass a checkpoint, at which an operator can be killed or an edge be unavailable."""
        self.passed.append(what)
        if self.checkpoint_count == self.stop_at:
            self.stop_at = None
            self.meanwhile()
        since, awaited = self._awaited
        is_reported = bool(awaited) and any(line.startswith(awaited) for line in self.reported[since:])
        if self.checkpoint_count == self.kill_at or is_reported:
            self._awaited = (0, "")
            self.killed += 1
        if life != self.killed:
            raise KilledError(what)
        if what.partition(" ")[0] in self.unavailable:
            raise OperateError(f"{what}: lost in the simulation")

    def kill_once_reported(self, line: str) -> None:
        """Kill the operator at the first checkpoint after a line with this beginning."""
        self._awaited = (len(self.reported), line)

    def release(self, colour: Colour) -> SimulatedRelease:
        return self.releases.get(self.built[colour], SimulatedRelease())

    def facts(self) -> Facts:
        doors = tuple(
            DoorFacts(
                door.datacenter, f"server-{door.datacenter}", "192.0.2.1", "key", "registry:5000", ("modern",)
            )
            for door in self.doors
        )
        colours = {
            colour: ColourFacts(
                built,
                {"modern": 15000},
                frozenset({f"registry-{built}"}),
                {},
                self.releases.get(built, SimulatedRelease()).storage,
            )
            if built
            else None
            for colour, built in self.built.items()
        }
        return Facts(None, "docker", "secret", "", "root", "swift-1", doors, colours)

    def _traffic(self) -> None:
        for door in self.doors:
            release, before = self.release(door.live), door.counters[door.live]
            bad = self.clock.seconds >= release.late
            door.counters[door.live] = replace(
                before,
                requests=before.requests + 100,
                failed=before.failed + (release.failing if bad else 0),
                response_ms=release.response_ms if bad else 5.0,
            )
        for colour, remaining in self.open_transfers.items():
            self.open_transfers[colour] = max(0, remaining - 1)
        self.live_seen.append(tuple(door.live.value for door in self.doors))

    def freeze_listing(self) -> None:
        """Let the object storage list for ever what is there now; single objects are found as before."""
        self.listed = list(self.objects)

    # What an operator's edges do.

    def operator(self, number: int = 1, store: ObjectStore | None = None) -> Operations:
        """A new process, which lives until the next one is killed; by default with the simulation's store."""
        dependencies = Dependencies(
            _Stack(self), _Doors(self), _Traffic(self), self.clock, self.reported.append, self.render_report
        )
        return Operations(dependencies, store or SimulatedStore(self), holder(number))


def report_title(record: Record) -> str:
    """Stand in for a report's page, whose plots take most of the time; in full campaigns return the page."""
    return render_report(record) if SCALE in os.environ else record.title


class _Edge:
    """The edge of one process to the simulation."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation, self._life = simulation, simulation.killed

    def _checkpoint(self, what: str) -> None:
        self._simulation.checkpoint(what, self._life)


def holder(number: int, ttl: float = 60.0) -> Holder:
    return Holder(f"nonce-{number}", f"op{number}@host", f"place-{number}", number, 1, "swap", "now", ttl)


class SimulatedStore(_Edge):
    """Objects with the simulation's time."""

    def get(self, name: str) -> Stored | None:
        self._checkpoint(f"store get {name}")
        stored = self._simulation.objects.get(name)
        return Stored(stored[0], self._simulation.clock.seconds - stored[1]) if stored else None

    def put(self, name: str, content: bytes) -> None:
        self._checkpoint(f"store put {name}")
        self._simulation.objects[name] = content, self._simulation.clock.seconds
        self._checkpoint(f"store put {name} done")

    def create(self, name: str, content: bytes) -> bool:
        self._checkpoint(f"store create {name}")
        if name in self._simulation.objects:
            return False
        self._simulation.objects[name] = content, self._simulation.clock.seconds
        self._checkpoint(f"store create {name} done")
        return True

    def delete(self, name: str) -> None:
        self._checkpoint(f"store delete {name}")
        self._simulation.objects.pop(name, None)
        self._checkpoint(f"store delete {name} done")

    def names(self, prefix: str) -> Sequence[str]:
        self._checkpoint(f"store names {prefix}")
        listed = self._simulation.objects if self._simulation.listed is None else self._simulation.listed
        return sorted(name for name in listed if name.startswith(prefix))


class GuardedFile(_Edge):
    """A stack file, which is written by the lock's holder alone."""

    def __init__(self, simulation: Simulation) -> None:
        super().__init__(simulation)
        self._lock = SimulatedLock()

    def locked(self, lock: CheckedLock) -> AbstractContextManager[None]:
        return self._lock.guard(lock)


class _Stack(GuardedFile):
    def facts(self) -> Facts:
        self._checkpoint("stack facts")
        return self._simulation.facts()

    def check_release(self, desired: DesiredRelease) -> None:
        self._checkpoint("stack check")
        if self._simulation.mistakes:
            raise InvalidStackFileError(self._simulation.mistakes)

    def preview(self, desired: DesiredRelease) -> Preview:
        self._checkpoint("stack preview")
        release = self._simulation.releases.get(desired.release, SimulatedRelease())
        live, idle = self._simulation.built[desired.colour.opposite], self._simulation.built[desired.colour]
        touched = frozenset({f"registry-{live}"} if release.touches_live else ()) | frozenset(
            {f"registry-{idle}"} if release.touches_idle else ()
        )
        return Preview({"create": 3}, touched, 12.5, release.storage if desired.release else "")

    def build(self, desired: DesiredRelease) -> str:
        simulation = self._simulation
        self._lock.require()
        self._checkpoint("stack config")
        remade = simulation.releases.get(desired.release, SimulatedRelease()).touches_idle
        if simulation.built[desired.colour] == desired.release and not remade:
            simulation.config[desired.colour.value] = desired.release
            return "nothing to do"
        assert all(door.live is not desired.colour for door in simulation.doors), (
            "pulumi up would touch a live colour"
        )
        simulation.config |= {desired.colour.value: desired.release, "keepRelease": desired.keep}
        self._checkpoint("stack up")
        release = simulation.releases.get(desired.release, SimulatedRelease())
        if release.build:
            raise OperateError(release.build)
        if remade or simulation.built[desired.colour] != desired.release:
            simulation.broken_transfers += simulation.open_transfers[desired.colour]
        simulation.built[desired.colour] = desired.release
        simulation.clock.sleep(10)
        self._checkpoint("stack up done")
        return "3 created"

    def record_live(
        self, live: Colour, note: Mapping[str, str], desired: DesiredRelease | None = None
    ) -> None:
        self._lock.require()
        self._checkpoint("stack note")
        if desired:
            self._simulation.config[desired.colour.value] = desired.release
        self._simulation.config["live"] = live.value
        self._simulation.recorded_token = int(note["token"])
        self._simulation.last_swap = dict(note)
        self._checkpoint("stack note done")

    def note_live(self, live: Colour) -> None:
        self._lock.require()
        self._simulation.config["live"] = live.value

    def record_release(self, colour: Colour, release: str) -> None:
        self._lock.require()
        self._checkpoint("stack release")
        self._simulation.config[colour.value] = release
        self._checkpoint("stack release done")

    def setting(self, key: str) -> object:
        state = self._simulation
        return {**state.config, "rotation": state.rotation, "lastSwap": state.last_swap}.get(key)

    def recorded_token(self) -> int:
        self._checkpoint("stack noted")
        return self._simulation.recorded_token


class _Doors(_Edge):
    def follow(self, doors: Sequence[DoorFacts]) -> None:
        self._simulation.followed = tuple(doors)

    def status(self) -> Sequence[DoorStatus]:
        self._checkpoint("doors status")
        return [
            DoorStatus(
                door.datacenter,
                {"modern": door.live},
                door.fence,
                {
                    ("modern", colour.value): replace(
                        counters,
                        sessions=self._simulation.open_transfers[colour],
                        bytes_moved=counters.bytes_moved + self._simulation.open_transfers[colour],
                    )
                    for colour, counters in door.counters.items()
                    if self._simulation.built[colour]
                },
            )
            for door in self._simulation.doors
        ]

    def switch(self, colour: Colour, token: int, *, force: bool) -> Sequence[str]:
        switches = []
        for door in self._simulation.doors:
            self._checkpoint(f"doors switch {door.datacenter}")
            if token < door.fence:
                raise FencedError("an operator with a later token has acted")
            door.fence = token
            if not self._simulation.built[colour] or (self._simulation.release(colour).unwell and not force):
                raise RefusedError(f"{door.datacenter}: {colour} is not healthy")
            switches.append(f"{door.datacenter} {door.live} -> {colour}")
            door.live = colour
            self._checkpoint(f"doors switch {door.datacenter} done")
        return switches

    def raise_fence(self, token: int) -> None:
        for door in self._simulation.doors:
            self._checkpoint(f"doors fence {door.datacenter}")
            if token < door.fence:
                raise FencedError("an operator with a later token has acted")
            door.fence = token
            self._checkpoint(f"doors fence {door.datacenter} done")

    def reads(self, count: int) -> Sequence[Read]:
        self._checkpoint("doors reads")
        return [
            Read(door.datacenter, "modern", "GET", "/v2/a/manifests/1") for door in self._simulation.doors
        ]


class _Traffic(_Edge):
    def gate(self, facts: Facts, idle: Colour, live: Colour, throttle: float) -> str:
        self._checkpoint("traffic gate")
        self._simulation.rests.append(throttle)
        if bad := self._simulation.release(idle).gate:
            raise RefusedError(bad)
        return "pushed and pulled"

    def shadow(
        self, facts: Facts, reads: Sequence[Read], idle: Colour, live: Colour, throttle: float
    ) -> tuple[str, tuple[ReferenceRead, ...]]:
        self._checkpoint("traffic shadow")
        self._simulation.rests.append(throttle)
        if bad := self._simulation.release(idle).shadow:
            raise RefusedError(bad)
        return f"{len(reads)} reads answered alike", (
            ReferenceRead("modern", "/v2/a/blobs/1", "sha256:1", "dal05"),
        )

    def list_reads(self, facts: Facts, live: Colour, limit: int | None, throttle: float) -> Sequence[Read]:
        return [Read("dal05", "modern", "GET", "/v2/all/manifests/1")]

    def probe(
        self, facts: Facts, colour: Colour, reference_reads: Sequence[ReferenceRead] = ()
    ) -> ProbeFinding:
        self._checkpoint("traffic probe")
        release = self._simulation.release(colour)
        if self._simulation.clock.seconds < release.late:
            return ProbeFinding(ms=5.0)
        corrupt = "other bytes" in release.complaint and bool(reference_reads)
        return ProbeFinding(release.complaint, certain=corrupt, ms=release.response_ms)
