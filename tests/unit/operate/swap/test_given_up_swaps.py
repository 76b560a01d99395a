"""What a swap leaves that is given up before its switch, or whose record is lost behind it: nothing wrong."""

from io import StringIO

import pytest
from rich.console import Console

from operate.cli.status_tables import print_status
from operate.error import OperateError
from operate.history.history import CURRENT
from operate.record.record import Record
from operate.stack.facts import Colour
from operate.status.status import status
from tests.support.killed_process import KilledError
from tests.unit.operate.swap.simulated_stack import SimulatedRelease, SimulatedStore, Simulation
from tests.unit.operate.swap.simulated_swaps import (
    check_agreement,
    checkpoints_of_a_swap,
    free_the_lock,
    killed_at,
    live,
    roll_back,
    swap,
)


def test_a_release_that_was_given_up_before_it_was_built_leaves_the_stack_file() -> None:
    for checkpoint in range(1, checkpoints_of_a_swap() + 1):
        simulation = Simulation()
        killed_at(simulation, checkpoint)
        if live(simulation) != {Colour.RED}:
            break
        free_the_lock(simulation)
        roll_back(simulation)
        check_agreement(simulation)


def test_a_failed_build_that_is_given_up_leaves_the_stack_file() -> None:
    simulation = Simulation()
    simulation.releases["2"] = SimulatedRelease(build="no space left on device")
    with pytest.raises(OperateError, match="no space"):
        swap(simulation)
    assert simulation.config["black"] == "2"
    assert roll_back(simulation) == ""
    assert simulation.config["black"] == ""
    assert "stack file ok: black has no release again" in simulation.reported


def test_a_rollback_needs_no_pulumi_to_give_up() -> None:
    simulation = Simulation()
    simulation.releases["2"] = SimulatedRelease(build="no space left on device")
    with pytest.raises(OperateError, match="no space"):
        swap(simulation)
    simulation.unavailable = {"stack"}
    assert roll_back(simulation) == ""
    assert any(
        "set `black` there to what it was, or the next `pulumi up` builds that release" in line
        for line in simulation.reported
    )


def test_status_names_what_finishes_and_what_undoes_an_operation() -> None:
    simulation = Simulation()
    simulation.releases["2"] = SimulatedRelease(build="no space left on device")
    with pytest.raises(OperateError, match="no space"):
        swap(simulation)
    observed = simulation.operator().observe(simulation.facts())
    assert isinstance(observed.current, Record)
    stack_status, text = status("prod", observed, SimulatedStore(simulation)), StringIO()
    print_status(stack_status, Console(file=text, width=80))
    remedy = "next: preview; `operate swap prod --to 2` resumes it, `operate rollback prod` undoes it"
    assert remedy.replace("preview", observed.current.next_step or "") in text.getvalue()
    fields = stack_status.as_json()["swap"]
    assert isinstance(fields, dict)
    assert fields["resume"] == "operate swap prod --to 2"
    assert fields["undo"] == "operate rollback prod"


def test_a_rolled_back_swap_offers_no_command_that_undoes_it() -> None:
    simulation = Simulation()
    swap(simulation)
    simulation.kill_once_reported("switch back ok")
    with pytest.raises(KilledError):
        roll_back(simulation)
    free_the_lock(simulation)
    rollback = simulation.operator().observe(simulation.facts()).current
    assert rollback is not None
    assert (rollback.remedy, rollback.undo_command) == ("`operate rollback ENV` resumes it", "")

    simulation = Simulation()
    simulation.releases["2"] = SimulatedRelease(failing=50)
    simulation.kill_once_reported("switch back ok")
    with pytest.raises(KilledError):
        swap(simulation)
    free_the_lock(simulation)
    refused = simulation.operator().observe(simulation.facts()).current
    assert refused is not None
    assert (refused.remedy, refused.undo_command) == ("`operate rollback ENV` finishes undoing it", "")


def test_what_follows_a_given_up_build_waits_for_nothing_of_it() -> None:
    def seconds(simulation: Simulation, release: str) -> float:
        started_at = simulation.clock.monotonic()
        swap(simulation, release)
        assert live(simulation) == {Colour.BLACK}
        return simulation.clock.monotonic() - started_at

    simulation = Simulation()
    simulation.releases["2"] = SimulatedRelease(build="no space left on device")
    with pytest.raises(OperateError, match="no space"):
        swap(simulation)
    roll_back(simulation)
    assert seconds(simulation, "3") == pytest.approx(seconds(Simulation(), "3"), abs=1.0)


def test_a_swap_whose_record_is_lost_behind_the_switch_is_noted_all_the_same() -> None:
    """A front door that was set up anew began with the other colour, whose release was never checked."""
    simulation = Simulation()
    simulation.kill_once_reported("switch ok")
    with pytest.raises(KilledError):
        swap(simulation)
    free_the_lock(simulation)
    del simulation.objects[CURRENT]
    assert simulation.config["live"] == "red"
    assert swap(simulation) == (
        "release 2 is live already, as black, which the stack file notes now; it named the other colour"
    )
    check_agreement(simulation)
    assert swap(simulation) == "release 2 is live already, as black"
