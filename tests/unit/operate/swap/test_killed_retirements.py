"""Retirements in a simulated world, killed at every moment: the history says how each of them ended."""

from dataclasses import replace

import pytest

from operate.lock.lock import find_holder
from operate.stack.facts import Colour
from operate.status.status import describe_entry, status
from operate.swap.record import Record
from operate.swap.start import begin_retirement
from tests.support.killed_process import KilledError
from tests.unit.operate.swap.simulated_stack import SimulatedStore, Simulation
from tests.unit.operate.swap.simulated_swaps import free_the_lock, order, swap


def stack_with_both_colours() -> Simulation:
    """A stack whose idle colour, black, has a release."""
    simulation = Simulation()
    simulation.built[Colour.BLACK] = simulation.config["black"] = "2"
    return simulation


def killed_retirement(checkpoint: int) -> Simulation | None:
    """A stack whose idle colour is being retired by an operator who dies; None where it came to its end."""
    simulation = stack_with_both_colours()
    simulation.kill_at = checkpoint
    try:
        simulation.operator(2).retire(order(""), simulation.facts())
    except KilledError:
        return simulation
    finally:
        simulation.kill_at = None
    return None


def results(simulation: Simulation) -> list[str]:
    """How the entries ended, as `operate history` shows them."""
    entries = simulation.operator(99).history.entries(20)
    return [entry.result for entry in entries if isinstance(entry, Record)]


def test_killed_at_every_moment_the_next_retirement_finishes_its_entry() -> None:
    checkpoint = 0
    while (simulation := killed_retirement(checkpoint := checkpoint + 1)) is not None:
        free_the_lock(simulation)
        assert "under way" not in results(simulation)
        simulation.operator(3).retire(order(""), simulation.facts())
        assert results(simulation) == ["retired"], checkpoint
        assert simulation.built[Colour.BLACK] == ""
        assert simulation.broken_transfers == 0
    assert checkpoint > 20


def test_a_retirement_at_work_is_under_way() -> None:
    simulation, histories = stack_with_both_colours(), list[list[str]]()
    simulation.clock.waited.append(lambda: histories.append(results(simulation)))
    simulation.operator(2).retire(order(""), simulation.facts())
    assert histories[-1] == ["under way"]
    assert results(simulation) == ["retired"]


@pytest.mark.parametrize(
    ("is_left", "result", "reason"),
    [
        (True, "interrupted", "`operate retire prod` finishes it"),
        (
            False,
            "under way",
            "if nobody is at work on it, `operate retire prod` resumes it once its lock is free",
        ),
    ],
    ids=["its process of this machine has ended", "its process was on another machine"],
)
def test_a_killed_retirement_whose_lock_is_held_names_what_goes_on(
    result: str, reason: str, monkeypatch: pytest.MonkeyPatch, *, is_left: bool
) -> None:
    monkeypatch.setattr("operate.history.interrupted.is_left", lambda _: is_left)
    simulation = next(
        stack for number in range(1, 99) if (stack := killed_retirement(number)) and results(stack)
    )
    observed = simulation.operator(9).observe(simulation.facts())
    current_status = status("prod", observed, SimulatedStore(simulation))
    assert current_status.lock is not None, "the lock is held"
    entry = current_status.observed.last
    assert entry is not None
    assert (entry.result, entry.reason) == (result, reason)
    assert any(reason in line for line in current_status.last_lines)


def test_a_rotation_s_killed_retirement_names_the_rotation() -> None:
    simulation, rotation = stack_with_both_colours(), "rotate root ENV"
    observed = simulation.operator(2).observe(simulation.facts())
    record = begin_retirement(replace(order(""), rotation=rotation), observed)
    assert isinstance(record, Record)
    assert (record.command, record.undo_command) == (rotation, "")
    plain = begin_retirement(order(""), observed)
    assert isinstance(plain, Record)
    assert (plain.command, plain.undo_command) == ("retire ENV", "")


def test_a_swap_after_a_killed_retirement_leaves_it_interrupted() -> None:
    simulation = next(
        stack for number in range(1, 99) if (stack := killed_retirement(number)) and results(stack)
    )
    free_the_lock(simulation)
    entry = simulation.operator(9).history.entries(1)[0]
    assert "interrupted; `operate retire ENV` finishes it" in describe_entry(entry)
    observed = simulation.operator(9).observe(simulation.facts())
    last = status("prod", observed, SimulatedStore(simulation)).observed.last
    assert last is not None
    assert (last.result, last.reason) == ("interrupted", "`operate retire prod` finishes it")
    swap(simulation, release="3", operator=9)
    assert results(simulation) == ["live", "interrupted"]
    assert find_holder(SimulatedStore(simulation)) is None
