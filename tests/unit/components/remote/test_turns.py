"""Turns: whatever is resized at once, clients have a front door that serves."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.remote.turns import HEALTH_SECONDS, Place, TurnError, Turns
from tests.support.campaign import examples
from tests.support.virtual_time import VirtualTimeLoop

DOORS = ("dal05-a", "dal05-b", "dal05-c")


def run(work: Coroutine[Any, Any, None]) -> None:
    loop = VirtualTimeLoop()
    try:
        loop.run_until_complete(work)
    finally:
        loop.end()


@dataclass
class Cluster:
    """Servers whose doors go down with a reboot and come back later.

    Attributes:
        down: servers whose doors do not serve.
        fewest: doors that served at any time.
        rebooted: in order.
    """

    down: set[str] = field(default_factory=set)
    fewest: int = len(DOORS)
    rebooted: list[str] = field(default_factory=list)

    def turns(self, doors: tuple[str, ...] = DOORS) -> Turns:
        turns = Turns(DOORS, doors, self.check)
        for server in DOORS:
            turns.locate(server, Place(server, "key"))
        return turns

    async def check(self, place: Place) -> str:
        await asyncio.sleep(0.1)
        return "HAProxy does not run" if place.address in self.down else ""

    async def resize(self, turns: Turns, server: str, *, back: float = 20.0, ordered: bool = True) -> str:
        """Resize a server as the engine does; the error that the engine would print."""
        try:
            await turns.enter(server)
            if not ordered:
                turns.fail(server)
                return "refused by SoftLayer"
            self.down.add(server)
            self.rebooted.append(server)
            self.fewest = min(self.fewest, len(DOORS) - len(self.down))
            asyncio.get_running_loop().call_later(30 + back, self.down.discard, server)
            await asyncio.sleep(30)
            await turns.leave(server)
        except TurnError as error:
            return str(error)
        return ""


async def all_at_once(works: Iterable[Awaitable[str]]) -> list[str]:
    return list(await asyncio.gather(*works))


@settings(max_examples=examples(full=100, sample=15))
@given(st.lists(st.floats(0, HEALTH_SECONDS - 5), min_size=3, max_size=3), st.permutations(DOORS))
def test_doors_are_rebooted_one_after_the_other(back: list[float], order: list[str]) -> None:
    cluster = Cluster()

    async def work() -> None:
        turns = cluster.turns()
        works = [
            cluster.resize(turns, server, back=seconds) for server, seconds in zip(order, back, strict=True)
        ]
        assert await all_at_once(works) == ["", "", ""]

    run(work())
    assert sorted(cluster.rebooted) == list(DOORS)
    assert cluster.fewest == len(DOORS) - 1


def test_after_one_that_does_not_come_back_no_other_is_rebooted() -> None:
    cluster = Cluster()

    async def work() -> None:
        turns = cluster.turns()
        errors = await all_at_once([cluster.resize(turns, server, back=9e9) for server in DOORS])
        assert (
            "dal05-a was changed, and 300 s later its clients are not served (dal05-a: HAProxy" in errors[0]
        )
        assert all("was not changed, since the change of dal05-a" in error for error in errors[1:])

    run(work())
    assert cluster.rebooted == ["dal05-a"]


def test_after_one_that_is_refused_no_other_is_rebooted() -> None:
    cluster = Cluster()

    async def work() -> None:
        turns = cluster.turns()
        errors = await all_at_once(
            [cluster.resize(turns, "dal05-a", ordered=False), cluster.resize(turns, "dal05-b")]
        )
        assert errors[0] == "refused by SoftLayer"
        assert "dal05-b was not changed" in errors[1]

    run(work())
    assert cluster.rebooted == []


@pytest.mark.parametrize(("server", "rebooted"), [("dal05-a", False), ("dal05-b", True)])
def test_the_last_door_that_serves_is_not_rebooted(server: str, rebooted: bool) -> None:
    cluster = Cluster(down={"dal05-b", "dal05-c"})

    async def work() -> None:
        error = await cluster.resize(cluster.turns(), server)
        assert ("no other front door serves (dal05-b: HAProxy does not run; dal05-c" in error) is not rebooted

    run(work())
    assert cluster.rebooted == ([server] if rebooted else [])


def test_a_peer_that_this_run_does_not_show_does_not_count_as_serving() -> None:
    async def work() -> None:
        turns = Turns(DOORS[:2], DOORS[:2], Cluster().check)
        turns.locate("dal05-a", Place("dal05-a", "key"))
        with pytest.raises(TurnError, match="dal05-b: it has just been ordered"):
            await turns.enter("dal05-a")
        turns.locate("dal05-b", Place("dal05-b", "key"))
        await turns.enter("dal05-a")

    run(work())


def test_a_colour_s_server_is_followed_by_all_doors() -> None:
    cluster = Cluster(down={"dal05-b"})

    async def work() -> None:
        turns = cluster.turns(doors=("dal05-b", "dal05-c"))
        asyncio.get_running_loop().call_later(100, cluster.down.clear)
        assert await cluster.resize(turns, "dal05-a", back=0) == ""
        assert asyncio.get_running_loop().time() >= 100

    run(work())


def test_one_server_is_installed_again_in_a_run() -> None:
    async def work() -> None:
        turns = Cluster().turns()
        turns.announce_reinstallation("dal05-a")
        turns.announce_reinstallation("dal05-a")
        with pytest.raises(TurnError, match="dal05-a and dal05-b would be installed again in one run"):
            turns.announce_reinstallation("dal05-b")
        await turns.enter("dal05-a")
        await turns.leave("dal05-a", reinstalled=True)

    run(work())


def test_a_server_without_a_turn_ends_none() -> None:
    cluster = Cluster()

    async def work() -> None:
        turns = cluster.turns()
        await turns.enter("dal05-a")
        await turns.leave("dal05-b")
        turns.fail("dal05-c")
        waiting: Callable[[], Awaitable[None]] = lambda: turns.enter("dal05-b")  # noqa: E731
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(waiting(), 1000)

    run(work())
