"""Retirements in a simulated world, killed at every moment: the history says how each of them ended."""

import copy
import re
from contextlib import suppress
from dataclasses import replace

import pytest

from operate.doors.door_status import DoorStatus
from operate.error import OperateError, RefusedError
from operate.history.interrupted import name_commands
from operate.lock.lock import find_holder
from operate.record.record import Record
from operate.record.rotation_note import RotationNote, find_rotation
from operate.record.rotation_plan import RotationProgress, RotationStep
from operate.stack.facts import Colour
from operate.status.status import describe_entry, status
from operate.swap.start import begin_retirement
from tests.support.killed_process import KilledError
from tests.unit.operate.swap.killed_retirements import (
    interrupted_retirement,
    killed_retirement,
    killed_retirements_after_a_swap,
    results,
    stack_with_both_colours,
)
from tests.unit.operate.swap.simulated_stack import SimulatedStore, Simulation, _Doors
from tests.unit.operate.swap.simulated_swaps import (
    check_agreement,
    checkpoints_of_a_swap,
    free_the_lock,
    order,
    roll_back,
    swap,
)


def rotation_of(release: str) -> RotationNote:
    """A rotation whose secret a release has, and whose old one is not given up yet."""
    done = (RotationStep.STAGE, RotationStep.SWAP, RotationStep.OVERLAP)
    note = find_rotation({"rotation": RotationProgress("http-secret", release, 2, done, "now").as_json()})
    assert note is not None
    return note


def messages_after(simulation: Simulation) -> list[str]:
    """All that `operate status` and a refused rollback tell where the live colour is unhealthy."""
    observed = simulation.operator(9).observe(simulation.facts())
    doors = [
        replace(
            door, backends={name: replace(counters, up=False) for name, counters in door.backends.items()}
        )
        for door in observed.doors
    ]
    unhealthy = replace(observed, doors=doors)
    current_status = status("prod", unhealthy, SimulatedStore(simulation), rotation_of("2"))
    refusal = roll_back(copy.deepcopy(simulation)).replace("ENV", "prod")
    return [*current_status.warnings, *current_status.last_lines, refusal]


def refusal_of(simulation: Simulation, command: str) -> str:
    """Return why a command is refused on a copy of the stack; "" where it is not."""
    operations, facts = copy.deepcopy(simulation).operator(60), simulation.facts()
    colour = re.search("--colour (red|black)", command)
    try:
        if command.startswith("rollback"):
            operations.rollback(replace(order(""), colour=Colour(colour[1]) if colour else None), facts)
        if command.startswith("retire"):
            operations.retire(order(""), facts)
    except OperateError as error:
        return str(error)
    return ""


def refused_commands(simulation: Simulation, message: str) -> list[str]:
    """Return the commands that a message names and that are refused on a copy of the stack."""
    commands = re.findall("`operate ((?:rollback|retire) prod[^`]*)`", message)
    return [command for command in commands if refusal_of(simulation, command)]


def test_killed_at_every_moment_no_command_is_named_that_is_refused() -> None:
    simulations = list(killed_retirements_after_a_swap())
    for simulation in simulations:
        for message in messages_after(simulation):
            assert refused_commands(simulation, message) == [], (results(simulation), message)
    assert {"interrupted", "retired"} < {results(simulation)[0] for simulation in simulations}


def test_a_killed_swap_after_a_killed_retirement_names_no_command_that_is_refused() -> None:
    for checkpoint in range(1, checkpoints_of_a_swap(), 3):
        simulation = interrupted_retirement()
        simulation.kill_at = simulation.checkpoint_count + checkpoint
        with suppress(KilledError):
            swap(simulation, release="3", operator=5)
        simulation.kill_at = None
        free_the_lock(simulation)
        entry = simulation.operator(9).history.entries(1)[0]
        messages = [*messages_after(simulation), describe_entry(name_commands(entry, "prod"))]
        for message in messages:
            assert refused_commands(simulation, message) == [], (checkpoint, message)


def test_a_rollback_after_a_killed_retirement_gives_its_colour_the_release_again() -> None:
    """The retirement had taken it out of the stack file, with which nothing worked any more."""
    rolled_back = 0
    for simulation in killed_retirements_after_a_swap():
        if not simulation.built[Colour.RED] or results(simulation)[0] == "retired":
            continue
        request = replace(order(""), colour=Colour.RED)
        simulation.operator(9).rollback(request, simulation.facts())
        check_agreement(simulation)
        simulation.operator(10).retire(order(""), simulation.facts())
        check_agreement(simulation)
        rolled_back += 1
    assert rolled_back > 5


def test_a_rollback_to_a_colour_that_a_door_lacks_leaves_nothing_under_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A retirement that was killed late has removed it there, and its container still answers."""
    simulation, status = interrupted_retirement(), _Doors.status

    def status_without_red(doors: _Doors) -> list[DoorStatus]:
        return [
            replace(
                door,
                backends={name: counters for name, counters in door.backends.items() if name[1] != "red"},
            )
            for door in status(doors)
        ]

    monkeypatch.setattr(_Doors, "status", status_without_red)
    request = replace(order(""), colour=Colour.RED)
    absent = (
        "red is unhealthy, so nothing was switched: the front door of dal05 has no modern registry of red"
    )
    with pytest.raises(RefusedError, match=absent):
        simulation.operator(9).rollback(request, simulation.facts())
    assert simulation.operator(10).observe(simulation.facts()).current is None
    simulation.operator(11).retire(order(""), simulation.facts())
    assert results(simulation)[0] == "retired"


def test_a_rollback_after_a_killed_retirement_names_what_finishes_it() -> None:
    simulation = interrupted_retirement()
    assert roll_back(simulation).endswith(
        "live is black, release 2. `operate retire ENV` finishes the retirement; `operate rollback ENV"
        " --colour red` makes red, release 1, live if its containers still answer"
    )


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
