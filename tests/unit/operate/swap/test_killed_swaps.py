"""Swaps in a simulated world: killed or stopped at every moment, two at once."""

import itertools
import random
from dataclasses import replace

import pytest

from operate.doors.door_status import FencedError
from operate.error import OperateError
from operate.lock.lock import HeldError, LostLockError
from operate.record.record import Record
from operate.stack.facts import Colour
from tests.support.campaign import Campaign
from tests.unit.operate.swap.simulated_stack import Simulation
from tests.unit.operate.swap.simulated_swaps import (
    BAD,
    QUICK,
    check_agreement,
    checkpoints_of_a_swap,
    free_the_lock,
    killed_at,
    live,
    order,
    roll_back,
    swap,
)

pytestmark = pytest.mark.expected_seconds(5)
SWAPS = Campaign("simulated-swaps", full=100, sample=25)


@pytest.mark.parametrize("bad", [None, "errors when live", "wrong secret"])
def test_killed_at_every_moment_the_same_command_goes_on(bad: str | None) -> None:
    for checkpoint in SWAPS.walk():
        simulation = Simulation()
        if bad:
            simulation.releases["2"] = BAD[bad]
        if not killed_at(simulation, checkpoint):
            break
        assert len(simulation.built) == 2
        assert all(simulation.built[door.live] for door in simulation.doors), (
            "a door without a registry behind it"
        )
        free_the_lock(simulation)
        simulation.operator(9999).swap(order(), simulation.facts())
        check_agreement(simulation)
        assert live(simulation) == ({Colour.RED} if bad else {Colour.BLACK})
        assert simulation.broken_transfers == 0
    assert checkpoint > 40


def test_killed_at_every_moment_a_rollback_undoes() -> None:
    for checkpoint in SWAPS.walk():
        simulation = Simulation()
        if not killed_at(simulation, checkpoint):
            break
        before = live(simulation)
        finished = any(name.startswith("operate/history/") for name in simulation.objects)
        free_the_lock(simulation)
        if refused := roll_back(simulation):
            assert "there is no swap to undo" in refused
            assert before == {Colour.RED}
            assert not finished
        assert live(simulation) == {Colour.RED}
        assert "operate/swap/current.json" not in simulation.objects


def test_a_rollback_killed_at_every_moment_goes_on() -> None:
    for checkpoint in SWAPS.walk():
        simulation = Simulation()
        swap(simulation)
        if not killed_at(simulation, checkpoint, "rollback"):
            break
        free_the_lock(simulation)
        assert roll_back(simulation) == "" or "the last entry is: rollback" in roll_back(simulation)
        check_agreement(simulation)
        assert live(simulation) == {Colour.RED}


@pytest.mark.parametrize("seed", range(SWAPS.seed, SWAPS.seed + SWAPS.size))
def test_killed_at_random_moments_again_and_again_it_converges(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - a test's own
    simulation = Simulation(datacenters=("dal05", "ams01", "sjc01")[: chance.randint(1, 3)])
    bad = chance.choice([None, *BAD])
    if bad:
        simulation.releases["2"] = BAD[bad]
    last = checkpoints_of_a_swap()
    for _ in range(chance.randint(1, 5)):
        is_unfinished = simulation.operator().observe(simulation.facts()).current is not None
        killed_at(
            simulation,
            chance.randint(1, last),
            chance.choice(["swap", "rollback"]) if is_unfinished else "swap",
        )
        free_the_lock(simulation)
        assert all(simulation.built[door.live] for door in simulation.doors)
    if chance.choice(["swap", "rollback"]) == "swap":
        simulation.operator(9999).swap(order(), simulation.facts())
    else:
        assert "no swap to undo" in (roll_back(simulation) or "no swap to undo")
    check_agreement(simulation)
    assert simulation.broken_transfers == 0


def test_of_two_operators_at_once_the_second_learns_of_the_first() -> None:
    simulation = Simulation()
    assert killed_at(simulation, 30)
    with pytest.raises(HeldError, match=r"locked by op31@host .* since now for 'swap'"):
        swap(simulation, operator=2)
    free_the_lock(simulation)
    assert isinstance(swap(simulation, operator=2), Record)


def test_a_late_operator_does_not_act_any_more() -> None:
    simulation = Simulation()
    late = simulation.operator(1)
    with late._lock() as lock:
        free_the_lock(simulation)
        assert isinstance(swap(simulation, operator=2), Record)
        assert live(simulation) == {Colour.BLACK}
        with pytest.raises(LostLockError, match="nothing more is done"):
            lock.check()
        with pytest.raises(FencedError):
            late._dependencies.doors.switch(Colour.RED, lock.token, force=True)
    assert live(simulation) == {Colour.BLACK}


def test_another_swap_is_refused_while_one_is_unfinished() -> None:
    simulation = Simulation()
    killed_at(simulation, 60)
    free_the_lock(simulation)
    with pytest.raises(
        OperateError, match=r"`operate swap ENV --to 2` resumes it, `operate rollback ENV` undoes it"
    ):
        swap(simulation, release="3", operator=2)


def test_a_resumed_swap_keeps_its_options_and_reports_them() -> None:
    simulation = Simulation()
    killed_at(simulation, 60)
    free_the_lock(simulation)
    longer = replace(QUICK, bake=60.0, data_copied=True, limits=replace(QUICK.limits, errors=7))
    record = simulation.operator(2).swap(order(options=longer), simulation.facts())
    assert isinstance(record, Record)
    assert record.options == QUICK
    kept = f"bake {QUICK.bake:g} s, not 60 s; data copied no, not yes; errors {QUICK.limits.errors}, not 7"
    reported = [line for line in simulation.reported if "options stay" in line]
    undo = "`operate rollback ENV` undoes it, for other options"
    assert reported == [f"its options stay those that it was started with: {kept}. {undo}"]


def is_under_way(simulation: Simulation) -> bool:
    """Whether a swap has begun and has not ended; what is in the history has, also where its record stays."""
    ended = any(name.startswith("operate/history/") for name in simulation.objects)
    return "operate/swap/current.json" in simulation.objects and not ended


def test_another_operators_stack_file_has_the_live_colour_in_the_end() -> None:
    """The one who began the swap had the release in a file of his own."""
    for checkpoint in range(20, checkpoints_of_a_swap(), 10):
        simulation = Simulation()
        if not killed_at(simulation, checkpoint) or not is_under_way(simulation):
            continue
        simulation.config = {"red": "1", "black": "", "live": "red"}
        free_the_lock(simulation)
        simulation.operator(9999).swap(order(), simulation.facts())
        check_agreement(simulation)
        assert live(simulation) == {Colour.BLACK}


@pytest.mark.parametrize("then", ["rollback", "swap"])
def test_stopped_at_every_moment_and_overtaken_an_operator_does_no_harm(then: str) -> None:
    """A machine that sleeps for longer than the lock lasts: another one ends the swap, then it wakes up."""

    def overtake() -> None:
        free_the_lock(simulation)
        before = set(simulation.objects)
        if then == "swap":
            simulation.operator(2).swap(order(), simulation.facts())
        elif "operate/swap/current.json" in before:
            roll_back(simulation)
        live_colours.append(live(simulation))

    last, checkpoint_count = 0, checkpoints_of_a_swap()
    for checkpoint in itertools.takewhile(lambda checkpoint: checkpoint <= checkpoint_count, SWAPS.walk()):
        simulation, live_colours = Simulation(), list[set[Colour]]()
        simulation.meanwhile, simulation.stop_at = overtake, checkpoint
        try:
            simulation.operator(1).swap(order(), simulation.facts())
            ended = ""
        except OperateError as error:
            ended = str(error)
        if not live_colours or (then == "rollback" and live_colours[0] == {Colour.RED} and not ended):
            continue
        assert live(simulation) == live_colours[0], (checkpoint, ended)
        free_the_lock(simulation)
        assert simulation.operator(3).observe(simulation.facts()).current is None or live(simulation) == {
            Colour.RED
        }
        simulation.operator(3).swap(order(), simulation.facts())
        assert live(simulation) == {Colour.BLACK}
        last = checkpoint
    assert last > 40
