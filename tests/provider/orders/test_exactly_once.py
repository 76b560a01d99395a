"""Exactly one order for each server, whatever befalls any call, any note on disk and any write of the state.

Real: the handlers, the provider's session, SoftLayer's client, the cloud. Played: the network, the engine and
time. A failing example prints what happened and the seed that repeats it.
"""

import asyncio
import itertools
import random
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, note, seed, settings
from hypothesis import strategies as st

from cloud.settings import Speed
from cloud.state.records import Guest
from provider.values import Properties
from tests.provider.orders.faulty_cloud import PRESET, SETTLE, FaultyCloud, identifier
from tests.provider.orders.faulty_network import Fault
from tests.provider.orders.small_engine import Command, DesiredResource, Save, Snapshot, Trouble
from tests.support.campaign import Campaign
from tests.support.virtual_time import VirtualTimeLoop

ORDERS = Campaign("orders", full=2048, sample=128)
SHARDS = 8
ATTEMPTS = 60
REPLACEMENTS = 20
"""Times `--replace` is given at most: two that go well are enough, and each fault may cost one."""

ORDER_FAULTS = st.lists(st.sampled_from(Fault), max_size=6)
CHANGES = st.lists(st.sampled_from([Fault.NONE, *Fault]), max_size=5)
CALLS = st.lists(st.sampled_from([*[Fault.NONE] * 30, *Fault]), max_size=30)
SAVES = st.lists(st.sampled_from([Save.DONE, *Save]), max_size=5)
NOTES = st.lists(st.sampled_from([False, False, False, True]), max_size=8)

SIZE: Properties = {"cpus": 2, "memory": 2048}
SYSTEM: Properties = {"osCode": "DEBIAN_12_64"}
"""What a virtual server and bare metal become in place."""


class Kind(Enum):
    """A kind of server."""

    GUEST = "virtual"
    HOURLY = "bare metal by the hour"
    MONTHLY = "bare metal by the month"

    def desired_resource(self, name: str) -> DesiredResource:
        """One such server as the program has it."""
        common: Properties = {
            "hostname": name,
            "domain": "example.com",
            "datacenter": "dal05",
            "probeSsh": False,
        }
        if self is Kind.GUEST:
            return DesiredResource(
                "VirtualGuest", {**common, "osCode": "UBUNTU_LATEST", "cpus": 1, "memory": 1024}
            )
        metal: Properties = {**common, "osCode": "UBUNTU_22_64", "preset": PRESET}
        # Without these, bare metal is replaced for its system's sake, and by the month cannot be cancelled.
        billing: Properties = {"systemChange": "reload"}
        if self is Kind.MONTHLY:
            billing = {**billing, "hourly": False, "cancellation": "anniversary"}
        return DesiredResource("BareMetalServer", {**metal, **billing})


class Ending(Enum):
    """What the user wants once the servers stand."""

    NONE = ""
    MOVED = "another data centre, which takes new servers"
    RESIZED = "more processors and memory, or another system on bare metal: in place"
    REPLACED = "one of them replaced"
    REMOVED = "one of them no longer"


@dataclass(frozen=True)
class Plot:
    """What happens besides the faults.

    Attributes:
        servers: kinds of those in the program.
        ending: what the user wants once they stand.
        speed: of the cloud.
        lag: seconds until a new server is listed.
        twins: whether somebody orders servers of the very same names.
        chance: seed of the rest.
    """

    servers: tuple[Kind, ...]
    ending: Ending
    speed: Speed
    lag: float
    twins: bool
    chance: int

    def program(self) -> dict[str, DesiredResource]:
        """The servers wanted at first."""
        return {
            f"web{number}": kind.desired_resource(f"web{number}") for number, kind in enumerate(self.servers)
        }


PLOTS = st.builds(
    Plot,
    servers=st.sampled_from([1, 1, 2, 3]).flatmap(lambda many: st.tuples(*[st.sampled_from(Kind)] * many)),
    ending=st.sampled_from([Ending.NONE, *Ending]),
    speed=st.sampled_from(["instant", "instant", "realistic"]),
    lag=st.sampled_from([0.0, 0.0, 8.0]),
    twins=st.sampled_from([False, False, False, True]),
    chance=st.integers(0, 999_999),
)


@dataclass
class Scenario:
    """One run: commands repeated until they go well, as a user would."""

    plot: Plot
    cloud: FaultyCloud
    trouble: Trouble
    home: Path
    disk: Snapshot
    dice: random.Random

    async def run(self) -> None:
        """Run it to its end."""
        await self.cloud.open()
        program, many = self.plot.program(), len(self.plot.servers)
        await self._until_well(program)
        assert self.cloud.orders == many
        if self.plot.ending is Ending.MOVED:
            await self._until_well(_changed(program, {"datacenter": "ams03"}, {"datacenter": "ams03"}))
            assert self.cloud.orders == 2 * many
        if self.plot.ending is Ending.RESIZED:
            await self._until_well(_changed(program, SIZE, SYSTEM))
            self._changed_once()
            assert self.cloud.orders == many
        if self.plot.ending is Ending.REPLACED:
            await self._replaced(program, "web0")
        if self.plot.ending is Ending.REMOVED:
            await self._until_well({name: program[name] for name in list(program)[1:]})
            assert self.cloud.orders == many
        await self.cloud.close()

    async def _replaced(self, program: Mapping[str, DesiredResource], name: str) -> None:
        """`--replace` until it is: the first may take over what could be a lost run's, and marks it.

        After a run that broke, the user may as well go on without it.
        """
        before = self.disk.resources[name].identifier
        for _ in range(REPLACEMENTS):
            await self._until_well(program, frozenset({name}))
            if self.disk.resources[name].identifier != before:
                return
        raise AssertionError("it is never replaced")

    async def _until_well(
        self, program: Mapping[str, DesiredResource], replaced: frozenset[str] = frozenset()
    ) -> None:
        for attempt in itertools.count(1):
            command = Command(self.cloud, self.trouble, self.home, self.disk)
            again = replaced if attempt == 1 or self.dice.random() < 0.5 else frozenset[str]()
            if await command.up(program, again):
                break
            assert attempt < ATTEMPTS, f"it never goes well: {command.errors}"
            self.cloud.record("once more")
            if any("all bear the order token" in error for error in command.errors):
                self.cloud.cancel_others()
        await asyncio.sleep(SETTLE)
        assert not self.cloud.doubled
        living = sorted(identifier(server) for server in self.cloud.living())
        recorded = sorted(self.disk.servers())
        assert living == recorded, "an orphan, or a server that the state has made up or holds twice"
        assert len(living) == len(program)
        assert not self.disk.leaving

    def _changed_once(self) -> None:
        """Every server is as wanted, by one accepted upgrade or reload, which is billed once."""
        for server in self.cloud.living():
            if isinstance(server, Guest):
                assert (server.cpus, server.memory_mb) == (SIZE["cpus"], SIZE["memory"])
            else:
                assert server.os_code == SYSTEM["osCode"]
            assert self.cloud.changes[identifier(server)] == 1
            billed = self.cloud.billed(server)
            assert len(billed) == len(set(billed))


def _changed(
    program: Mapping[str, DesiredResource], virtual: Properties, metal: Properties
) -> dict[str, DesiredResource]:
    """The program with other inputs of its virtual servers, and of its bare metal."""
    return {
        name: replace(
            resource, inputs={**resource.inputs, **(virtual if resource.kind == "VirtualGuest" else metal)}
        )
        for name, resource in program.items()
    }


@pytest.mark.parametrize("shard", range(SHARDS))
def test_servers_ordered_are_servers_in_the_state(shard: int) -> None:
    @seed(ORDERS.seed + shard)
    @settings(
        max_examples=-(-ORDERS.size // SHARDS),
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(orders=ORDER_FAULTS, changes=CHANGES, calls=CALLS, saves=SAVES, notes=NOTES, plot=PLOTS)
    def run(
        orders: list[Fault],
        changes: list[Fault],
        calls: list[Fault],
        saves: list[Save],
        notes: list[bool],
        plot: Plot,
    ) -> None:
        trouble = Trouble(iter(orders), iter(changes), iter(calls), iter(saves), iter(notes))
        _play(plot, trouble)

    run()


def test_a_replacement_that_is_repeated_needlessly_and_killed_is_not_forgotten() -> None:
    """A campaign found it: the second `--replace` orders under the first token, which is free once more."""
    three = (Kind.HOURLY,) * 3
    plot = Plot(three, ending=Ending.REPLACED, speed="instant", lag=8.0, twins=False, chance=0)
    orders = [Fault.KILL_LATE, Fault.RESET_AFTER, Fault.VAGUE_AFTER, Fault.VAGUE_AFTER, Fault.KILL_LATE]
    calls = [*[Fault.NONE] * 3, Fault.VAGUE_AFTER, Fault.NONE, Fault.RESET_BEFORE]
    trouble = Trouble(iter(orders), iter([Fault.TIMEOUT_LATE]), iter(calls), iter([]), iter([]))
    _play(plot, trouble, report=print)


def _play(plot: Plot, trouble: Trouble, report: Callable[[str], None] = note) -> None:
    loop = VirtualTimeLoop()
    loop.set_exception_handler(lambda *_: None)  # what a killed process leaves unfinished
    dice = random.Random(plot.chance)  # noqa: S311 - repeatable
    with tempfile.TemporaryDirectory() as folder:
        cloud = FaultyCloud(Path(folder), loop, dice, plot.speed, plot.lag, twins=plot.twins)
        scenario = Scenario(plot, cloud, trouble, Path(folder, "notes"), Snapshot(), dice)
        try:
            loop.run_until_complete(scenario.run())
        finally:
            report("\n".join(cloud.events))
            loop.end()
