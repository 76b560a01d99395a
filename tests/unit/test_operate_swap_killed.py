"""Swaps in a simulated world: killed or stopped at every moment, two at once."""

import itertools
import random
from dataclasses import replace

import pytest

from operate.error import OperateError
from operate.lock.lock import HeldError, LostLockError
from operate.swap.edges import FencedError
from operate.swap.facts import Colour
from operate.swap.record import Record
from tests.support.campaign import Campaign
from tests.unit.simulated_swaps import (
    BAD,
    QUICK,
    check_agreement,
    free_the_lock,
    killed_at,
    live,
    moments_of_a_swap,
    order,
    swap,
    undo,
)
from tests.unit.simulated_world import Simulation

SWAPS = Campaign("simulated-swaps", full=100, sample=25)


@pytest.mark.parametrize("bad", [None, "errors when live", "wrong secret"])
def test_killed_at_every_moment_the_same_command_goes_on(bad: str | None) -> None:
    for moment in SWAPS.walk():
        world = Simulation()
        if bad:
            world.releases["2"] = BAD[bad]
        if not killed_at(world, moment):
            break
        assert len(world.built) == 2
        assert all(world.built[door.live] for door in world.doors), "a door without a registry behind it"
        free_the_lock(world)
        world.operator(9999).swap(order(), world.facts())
        check_agreement(world)
        assert live(world) == ({Colour.RED} if bad else {Colour.BLACK})
        assert world.cut == 0
    assert moment > 40


def test_killed_at_every_moment_a_rollback_undoes() -> None:
    for moment in SWAPS.walk():
        world = Simulation()
        if not killed_at(world, moment):
            break
        before = live(world)
        finished = any(name.startswith("operate/history/") for name in world.objects)
        free_the_lock(world)
        if refused := undo(world):
            assert "there is no swap to undo" in refused
            assert before == {Colour.RED}
            assert not finished
        assert live(world) == {Colour.RED}
        assert "operate/swap/current.json" not in world.objects


def test_a_rollback_killed_at_every_moment_goes_on() -> None:
    for moment in SWAPS.walk():
        world = Simulation()
        swap(world)
        if not killed_at(world, moment, "rollback"):
            break
        free_the_lock(world)
        assert undo(world) == "" or "the last entry is: rollback" in undo(world)
        check_agreement(world)
        assert live(world) == {Colour.RED}


@pytest.mark.parametrize("seed", range(SWAPS.seed, SWAPS.seed + SWAPS.size))
def test_killed_at_random_moments_again_and_again_it_converges(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - a test's own
    world = Simulation(datacenters=("dal05", "ams01", "sjc01")[: chance.randint(1, 3)])
    bad = chance.choice([None, *BAD])
    if bad:
        world.releases["2"] = BAD[bad]
    last = moments_of_a_swap()
    for _ in range(chance.randint(1, 5)):
        left = world.operator().observe(world.facts()).current is not None
        killed_at(world, chance.randint(1, last), chance.choice(["swap", "rollback"]) if left else "swap")
        free_the_lock(world)
        assert all(world.built[door.live] for door in world.doors)
    if chance.choice(["swap", "rollback"]) == "swap":
        world.operator(9999).swap(order(), world.facts())
    else:
        assert "no swap to undo" in (undo(world) or "no swap to undo")
    check_agreement(world)
    assert world.cut == 0


def test_two_operators_at_once_are_told_who_is_at_work() -> None:
    world = Simulation()
    assert killed_at(world, 30)
    with pytest.raises(HeldError, match=r"locked by op31@host .* since now for 'swap'"):
        swap(world, operator=2)
    free_the_lock(world)
    assert isinstance(swap(world, operator=2), Record)


def test_a_late_operator_does_not_act_any_more() -> None:
    world = Simulation()
    late = world.operator(1)
    with late._lock() as lock:
        free_the_lock(world)
        assert isinstance(swap(world, operator=2), Record)
        assert live(world) == {Colour.BLACK}
        with pytest.raises(LostLockError, match="nothing more is done"):
            lock.check()
        with pytest.raises(FencedError):
            late._dependencies.doors.switch(Colour.RED, lock.token, force=True)
    assert live(world) == {Colour.BLACK}


def test_another_swap_is_refused_while_one_is_unfinished() -> None:
    world = Simulation()
    killed_at(world, 60)
    free_the_lock(world)
    with pytest.raises(OperateError, match=r"`operate swap --to 2` resumes it, `operate rollback` undoes it"):
        swap(world, release="3", operator=2)


def test_a_swap_that_goes_on_keeps_its_options_and_says_so() -> None:
    world = Simulation()
    killed_at(world, 60)
    free_the_lock(world)
    longer = replace(QUICK, bake=QUICK.bake * 10)
    record = world.operator(2).swap(order(options=longer), world.facts())
    assert isinstance(record, Record)
    assert record.options == QUICK
    assert any("options stay those that it was started with" in line for line in world.told)


def test_another_operators_stack_file_says_in_the_end_what_is_live() -> None:
    """The one who began the swap had the release in a file of his own."""
    for moment in range(20, moments_of_a_swap(), 10):
        world = Simulation()
        if not killed_at(world, moment) or "operate/swap/current.json" not in world.objects:
            continue
        world.config = {"red": "1", "black": "", "live": "red"}
        free_the_lock(world)
        world.operator(9999).swap(order(), world.facts())
        check_agreement(world)
        assert live(world) == {Colour.BLACK}


@pytest.mark.parametrize("then", ["rollback", "swap"])
def test_stopped_at_every_moment_and_overtaken_an_operator_does_no_harm(then: str) -> None:
    """A machine that sleeps for longer than the lock lasts: another one ends the swap, then it wakes up."""

    def overtake() -> None:
        free_the_lock(world)
        before = set(world.objects)
        if then == "swap":
            world.operator(2).swap(order(), world.facts())
        elif "operate/swap/current.json" in before:
            undo(world)
        seen.append(live(world))

    last, moments = 0, moments_of_a_swap()
    for moment in itertools.takewhile(lambda moment: moment <= moments, SWAPS.walk()):
        world, seen = Simulation(), list[set[Colour]]()
        world.meanwhile, world.stop_at = overtake, moment
        try:
            world.operator(1).swap(order(), world.facts())
            ended = ""
        except OperateError as error:
            ended = str(error)
        if not seen or (then == "rollback" and seen[0] == {Colour.RED} and not ended):
            continue
        assert live(world) == seen[0], (moment, ended)
        free_the_lock(world)
        assert world.operator(3).observe(world.facts()).current is None or live(world) == {Colour.RED}
        world.operator(3).swap(order(), world.facts())
        assert live(world) == {Colour.BLACK}
        last = moment
    assert last > 40
