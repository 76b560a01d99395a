"""A simulation of a stack, its doors, its colours and its object storage, for operate's own decisions.

Not the real thing: that swaps work on real doors is shown in tests/e2e. Here an operator can be killed before
and after whatever it does, and time passes only when somebody waits.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from operate.error import OperateError
from operate.lock.holder import Holder
from operate.store.object_store import Stored
from operate.swap.edges import (
    Dependencies,
    DesiredRelease,
    DoorStatus,
    FencedError,
    Preview,
    Read,
    ReferenceRead,
    RefusedError,
)
from operate.swap.facts import Colour, ColourFacts, DoorFacts, Facts
from operate.swap.health import Counters, Finding
from operate.swap.operation import Operations


class Killed(BaseException):
    """The operator's process ends here, without a word."""


class SimulatedClock:
    def __init__(self) -> None:
        self.seconds = 0.0
        self.waited: list[Callable[[], None]] = []

    def monotonic(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return datetime(2026, 11, 25, tzinfo=UTC) + timedelta(seconds=self.seconds)

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        for tick in self.waited:
            tick()


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
    """The whole world; it outlives operators."""

    def __init__(self, *, datacenters: tuple[str, ...] = ("dal05", "ams01")) -> None:
        self.clock = SimulatedClock()
        self.clock.waited.append(self._traffic)
        self.doors = [SimulatedDoor(name, Colour.RED) for name in datacenters]
        self.config: dict[str, str] = {"red": "1", "black": "", "live": "red"}
        self.built: dict[Colour, str] = {Colour.RED: "1", Colour.BLACK: ""}
        self.releases: dict[str, SimulatedRelease] = {}
        self.objects: dict[str, tuple[bytes, float]] = {}
        self.listed: list[str] | None = None
        self.recorded_token = 0
        self.passed: list[str] = []
        self.kill_at: int | None = None
        self._awaited = (0, "")
        self.stop_at: int | None = None
        self.meanwhile: Callable[[], None] = lambda: None
        self.killed = 0
        self.lost: set[str] = set()
        self.told: list[str] = []
        self.live_seen: list[tuple[str, ...]] = []
        self.cut = 0
        self.rests: list[float] = []
        self.open_transfers: dict[Colour, int] = {Colour.RED: 0, Colour.BLACK: 0}

    @property
    def moments(self) -> int:
        return len(self.passed)

    def moment(self, what: str, life: int) -> None:
        """A moment at which an operator can be killed, or an edge lost; the dead do nothing more."""
        self.passed.append(what)
        if self.moments == self.stop_at:
            self.stop_at = None
            self.meanwhile()
        since, awaited = self._awaited
        told = bool(awaited) and any(line.startswith(awaited) for line in self.told[since:])
        if self.moments == self.kill_at or told:
            self._awaited = (0, "")
            self.killed += 1
        if life != self.killed:
            raise Killed(what)
        if what.partition(" ")[0] in self.lost:
            raise OperateError(f"{what}: lost in the simulation")

    def kill_once_told(self, line: str) -> None:
        """Kill the operator at the first moment after it has told a line that begins so."""
        self._awaited = (len(self.told), line)

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
        for colour, left in self.open_transfers.items():
            self.open_transfers[colour] = max(0, left - 1)
        self.live_seen.append(tuple(door.live.value for door in self.doors))

    def freeze_listing(self) -> None:
        """Let the object storage list for ever what is there now; single objects are found as before."""
        self.listed = list(self.objects)

    # What an operator's edges do.

    def operator(self, number: int = 1) -> Operations:
        """A new process, which lives until the next one is killed."""
        world = Dependencies(_Stack(self), _Doors(self), _Traffic(self), self.clock, self.told.append)
        return Operations(world, SimulatedStore(self), holder(number))


class _Edge:
    """What one process does to the world."""

    def __init__(self, world: Simulation) -> None:
        self._world, self._life = world, world.killed

    def _moment(self, what: str) -> None:
        self._world.moment(what, self._life)


def holder(number: int, ttl: float = 60.0) -> Holder:
    return Holder(f"nonce-{number}", f"op{number}@host", f"place-{number}", number, 1, "swap", "now", ttl)


class SimulatedStore(_Edge):
    """Objects with the simulation's time."""

    def get(self, name: str) -> Stored | None:
        self._moment(f"store get {name}")
        found = self._world.objects.get(name)
        return Stored(found[0], self._world.clock.seconds - found[1]) if found else None

    def put(self, name: str, content: bytes) -> None:
        self._moment(f"store put {name}")
        self._world.objects[name] = content, self._world.clock.seconds
        self._moment(f"store put {name} done")

    def create(self, name: str, content: bytes) -> bool:
        self._moment(f"store create {name}")
        if name in self._world.objects:
            return False
        self._world.objects[name] = content, self._world.clock.seconds
        self._moment(f"store create {name} done")
        return True

    def delete(self, name: str) -> None:
        self._moment(f"store delete {name}")
        self._world.objects.pop(name, None)
        self._moment(f"store delete {name} done")

    def names(self, prefix: str) -> Sequence[str]:
        self._moment(f"store names {prefix}")
        listed = self._world.objects if self._world.listed is None else self._world.listed
        return sorted(name for name in listed if name.startswith(prefix))


class _Stack(_Edge):
    def facts(self) -> Facts:
        self._moment("stack facts")
        return self._world.facts()

    def preview(self, desired: DesiredRelease) -> Preview:
        self._moment("stack preview")
        release = self._world.releases.get(desired.release, SimulatedRelease())
        live, idle = self._world.built[desired.colour.opposite], self._world.built[desired.colour]
        touched = frozenset({f"registry-{live}"} if release.touches_live else ()) | frozenset(
            {f"registry-{idle}"} if release.touches_idle else ()
        )
        return Preview({"create": 3}, touched, 12.5, release.storage if desired.release else "")

    def build(self, desired: DesiredRelease) -> str:
        world = self._world
        self._moment("stack config")
        remade = world.releases.get(desired.release, SimulatedRelease()).touches_idle
        if world.built[desired.colour] == desired.release and not remade:
            world.config[desired.colour.value] = desired.release
            return "nothing to do"
        assert all(door.live is not desired.colour for door in world.doors), (
            "pulumi up would touch a live colour"
        )
        world.config |= {desired.colour.value: desired.release, "keepRelease": desired.keep}
        self._moment("stack up")
        release = world.releases.get(desired.release, SimulatedRelease())
        if release.build:
            raise OperateError(release.build)
        if remade or world.built[desired.colour] != desired.release:
            world.cut += world.open_transfers[desired.colour]
        world.built[desired.colour] = desired.release
        world.clock.sleep(10)
        self._moment("stack up done")
        return "3 created"

    def record_live(
        self, live: Colour, note: Mapping[str, str], desired: DesiredRelease | None = None
    ) -> None:
        self._moment("stack note")
        if desired:
            self._world.config[desired.colour.value] = desired.release
        self._world.config["live"] = live.value
        self._world.recorded_token = int(note["token"])
        self._moment("stack note done")

    def recorded_token(self) -> int:
        self._moment("stack noted")
        return self._world.recorded_token


class _Doors(_Edge):
    def status(self) -> Sequence[DoorStatus]:
        self._moment("doors status")
        return [
            DoorStatus(
                door.datacenter,
                {"modern": door.live},
                door.fence,
                {
                    ("modern", colour.value): replace(
                        counters,
                        sessions=self._world.open_transfers[colour],
                        bytes_moved=counters.bytes_moved + self._world.open_transfers[colour],
                    )
                    for colour, counters in door.counters.items()
                    if self._world.built[colour]
                },
            )
            for door in self._world.doors
        ]

    def switch(self, colour: Colour, token: int, *, force: bool) -> Sequence[str]:
        said = []
        for door in self._world.doors:
            self._moment(f"doors switch {door.datacenter}")
            if token < door.fence:
                raise FencedError("an operator with a later token has acted")
            door.fence = token
            if not self._world.built[colour] or (self._world.release(colour).unwell and not force):
                raise RefusedError(f"{door.datacenter}: {colour} is not healthy")
            said.append(f"{door.datacenter} {door.live} -> {colour}")
            door.live = colour
            self._moment(f"doors switch {door.datacenter} done")
        return said

    def raise_fence(self, token: int) -> None:
        for door in self._world.doors:
            self._moment(f"doors fence {door.datacenter}")
            if token < door.fence:
                raise FencedError("an operator with a later token has acted")
            door.fence = token
            self._moment(f"doors fence {door.datacenter} done")

    def reads(self, count: int) -> Sequence[Read]:
        self._moment("doors reads")
        return [Read(door.datacenter, "modern", "GET", "/v2/a/manifests/1") for door in self._world.doors]


class _Traffic(_Edge):
    def gate(self, facts: Facts, idle: Colour, live: Colour, throttle: float) -> str:
        self._moment("traffic gate")
        self._world.rests.append(throttle)
        if bad := self._world.release(idle).gate:
            raise RefusedError(bad)
        return "pushed and pulled"

    def shadow(
        self, facts: Facts, reads: Sequence[Read], idle: Colour, live: Colour, throttle: float
    ) -> tuple[str, tuple[ReferenceRead, ...]]:
        self._moment("traffic shadow")
        self._world.rests.append(throttle)
        if bad := self._world.release(idle).shadow:
            raise RefusedError(bad)
        return f"{len(reads)} reads answered alike", (
            ReferenceRead("modern", "/v2/a/blobs/1", "sha256:1", "dal05"),
        )

    def list_reads(self, facts: Facts, live: Colour, limit: int | None, throttle: float) -> Sequence[Read]:
        return [Read("dal05", "modern", "GET", "/v2/all/manifests/1")]

    def probe(self, facts: Facts, colour: Colour, reference_reads: Sequence[ReferenceRead] = ()) -> Finding:
        self._moment("traffic probe")
        release = self._world.release(colour)
        if self._world.clock.seconds < release.late:
            return Finding(ms=5.0)
        corrupt = "other bytes" in release.complaint and bool(reference_reads)
        return Finding(release.complaint, certain=corrupt, ms=release.response_ms)
