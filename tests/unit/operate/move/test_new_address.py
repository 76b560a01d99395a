"""A move whose clients must be given another address waits until their operator says that they have it."""

from contextlib import suppress
from dataclasses import replace

import pytest

from operate.error import NotStartedError, OperateError, RefusedError
from operate.move.start import MoveRequest
from operate.record.record import MOVED, Record
from tests.support.killed_process import KilledError
from tests.unit.operate.move.simulated_moves import (
    MOVES,
    A,
    B,
    MoveSimulation,
    back,
    check_as_before,
    check_moved,
    killed_at,
    move,
    order,
)
from tests.unit.operate.swap.simulated_swaps import free_the_lock


def test_an_address_of_a_server_s_own_is_left_by_telling_clients() -> None:
    simulation = MoveSimulation(A, address="")
    with pytest.raises(RefusedError, match="set globalIp, or registryName to a DNS name"):
        move(simulation)
    record = move(simulation, operator=2, new_address=True)
    assert isinstance(record, Record)
    assert (record.outcome, record.awaits_clients) == ("waits for clients", True)
    assert simulation.built_doors == simulation.front_doors == {A, B}, "the old one is left to the operator"
    instruction = (
        "let clients use https://198.51.100.2:5000 instead of https://198.51.100.1:5000; both serve now"
    )
    assert [line for line in simulation.reported if "clients use" in line or "clients were" in line] == [
        f"switch ok: {instruction} (0.0 s)"
    ]
    assert not any(": live" in line for line in simulation.reported), "the command prints the result"


def waiting_move() -> MoveSimulation:
    simulation = MoveSimulation(A, address="")
    move(simulation, new_address=True)
    return simulation


def test_the_stack_file_notes_whose_address_clients_are_given() -> None:
    simulation = waiting_move()
    assert simulation.settings["move"] == {"from": A, "to": B, "switched": True}


def test_a_quiet_minute_takes_no_front_door_away_whose_address_clients_have() -> None:
    """The old address went after 30 s without a pull, and the next `docker pull` ended in a time-out."""
    simulation = waiting_move()
    simulation.clock.sleep(3600)
    record = move(simulation, operator=2)
    assert isinstance(record, Record)
    assert record.awaits_clients
    assert record.remedy == (
        f"both front doors serve. Once all clients use the new one, `operate move ENV --to {B} --retire`"
        f" takes that of {A} out; `operate move ENV --back` takes that of {B} out instead"
    )
    assert simulation.built_doors == {A, B}
    # The operator has informed the clients that no route moved.
    simulation.leads_to = B
    ended = move(simulation, operator=3, retire=True)
    assert isinstance(ended, Record)
    assert (ended.result, ended.awaits_clients) == (MOVED, False)
    check_moved(simulation)


def test_clients_that_come_to_the_old_address_keep_it_in_spite_of_options() -> None:
    simulation = waiting_move()
    with pytest.raises(OperateError, match=f"clients still come to {A} after 1 min"):
        move(simulation, operator=2, retire=True)
    assert simulation.built_doors == {A, B}


def test_the_wait_for_clients_has_the_options_of_the_command_that_waits() -> None:
    """They were those of the move's start, hours before; another limit took `--back` and a new move."""
    simulation = waiting_move()
    patient = replace(order(), options=replace(order().options, drain_limit=180.0, bake=7.0))
    request = MoveRequest("b", retire=True)
    with pytest.raises(OperateError, match=f"clients still come to {A} after 3 min"):
        simulation.mover(2).move(patient, request, simulation.facts())
    record = simulation.mover(3).history.current()
    assert isinstance(record, Record)
    assert (record.options.drain_limit, record.options.bake) == (180.0, order().options.bake)


def test_a_move_that_waits_for_clients_is_undone() -> None:
    simulation = waiting_move()
    back(simulation)
    check_as_before(simulation)


def test_no_retirement_begins_where_no_clients_are_waited_for() -> None:
    simulation = MoveSimulation(A, address="")
    with pytest.raises(NotStartedError, match="no move waits for clients, so that --retire has nothing"):
        move(simulation, new_address=True, retire=True)
    simulation.kill_once_reported("gate ok")
    with suppress(KilledError):
        move(simulation, operator=2, new_address=True)
    free_the_lock(simulation)
    with pytest.raises(NotStartedError, match="waits for no clients, so that --retire has no effect"):
        move(simulation, operator=3, retire=True)
    assert simulation.built_doors == {A, B}


def test_killed_at_every_moment_a_move_with_a_new_address_waits_and_then_goes_on() -> None:
    for checkpoint in MOVES.walk():
        simulation = MoveSimulation(A, address="")
        if not killed_at(simulation, checkpoint, new_address=True):
            break
        free_the_lock(simulation)
        move(simulation, operator=9999, new_address=True)
        assert simulation.built_doors == {A, B}
    assert checkpoint > 20
    for checkpoint in MOVES.walk():
        simulation = waiting_move()
        simulation.leads_to = B
        if not killed_at(simulation, checkpoint, retire=True):
            break
        free_the_lock(simulation)
        with suppress(NotStartedError):
            move(simulation, operator=9999, retire=True)
        check_moved(simulation)
    assert checkpoint > 20
