"""Moves of the registry to another server, in a simulation: refused, killed at every moment, undone."""

from contextlib import suppress
from dataclasses import replace

import pytest

from operate.error import NotStartedError, OperateError
from operate.history.history import History
from operate.move.pair import DoorPair
from operate.move.start import MoveRequest, MoveState
from operate.record.door_move import DoorMove
from operate.record.record import MOVED, Record, parse_record
from operate.record.rotation_plan import RotationProgress
from operate.stack.config.servers_setting import choose_server
from operate.stack.facts import Colour, Credential
from operate.status.status import describe_entry
from operate.swap.observed_state import ObservedState
from operate.swap.start import begin_rollback, begin_swap
from tests.support.killed_process import KilledError
from tests.unit.operate.move.simulated_moves import (
    MOVES,
    A,
    B,
    C,
    MoveSimulation,
    Weakness,
    back,
    check_as_before,
    check_moved,
    killed_at,
    move,
    order,
)
from tests.unit.operate.rotate.simulated_rotations import swap_record
from tests.unit.operate.swap.simulated_stack import SimulatedStore
from tests.unit.operate.swap.simulated_swaps import free_the_lock

PAST_UNDOING = (
    "`operate move ENV --to dal05-b` resumes it, and nothing undoes it: the front door of dal05-a is being"
    " taken out. Once the move has ended, `operate move ENV --to dal05-a` moves the registry back"
)


@pytest.mark.parametrize("to", ["b", B, "c", C])
def test_the_registry_moves_and_the_server_from_before_stands_by(to: str) -> None:
    simulation = MoveSimulation(A)
    record = move(simulation, to)
    assert isinstance(record, Record)
    target = B if to in ("b", B) else C
    assert record.result == "moved"
    assert record.door_move == DoorMove(A, target)
    assert [step.name for step in record.steps] == [
        "preview", "build", "gate", "shadow", "switch", "drain", "bake", "retire",
    ]  # fmt: skip
    check_moved(simulation, A, target)
    assert simulation.routes == [A, target]
    stood = next(server for server in simulation.servers if server["name"] == "a")
    assert stood["frontDoor"] is False
    assert describe_entry(record).endswith(f"move from {A} to {target}: moved; why: a test")
    assert parse_record(record.to_json()) == record
    assert move(simulation, to, operator=2) == f"the registry is at {target} already"


def test_one_of_several_doors_takes_the_place_of_the_one_in_use() -> None:
    simulation = MoveSimulation(A, B)
    simulation.set_route(B)
    record = move(simulation, "a")
    assert isinstance(record, Record)
    assert record.door_move == DoorMove(B, A, builds=False)
    check_moved(simulation, B, A)


@pytest.mark.parametrize(
    ("weakness", "reason"),
    [
        (Weakness(preview=frozenset({"registry-1"})), "it would change registry-1, which is live"),
        (Weakness(gate="an upload cannot continue: 404"), "an upload cannot continue"),
        (Weakness(failing=50), "requests failed"),
        (Weakness(complaint="/v2/ is answered with 500"), "/v2/ is answered with 500"),
    ],
)
def test_a_server_that_does_not_serve_is_left_again(weakness: Weakness, reason: str) -> None:
    simulation = MoveSimulation(A)
    simulation.weakness = weakness
    record = move(simulation)
    assert isinstance(record, Record)
    assert record.result == ("moved back" if simulation.routes != [A] else "refused")
    assert reason in record.reason
    check_as_before(simulation)


def test_a_build_that_fails_goes_on_or_is_undone() -> None:
    for command in ("move", "back"):
        simulation = MoveSimulation(A)
        simulation.weakness = Weakness(build="no servers in stock")
        with pytest.raises(OperateError, match="no servers in stock"):
            move(simulation)
        simulation.weakness = Weakness()
        if command == "move":
            move(simulation)
            check_moved(simulation)
        else:
            record = back(simulation)
            assert isinstance(record, Record)
            assert record.result == "given up"
            check_as_before(simulation)


def test_killed_at_every_moment_the_same_command_goes_on() -> None:
    for checkpoint in MOVES.walk():
        simulation = MoveSimulation(A)
        if not killed_at(simulation, checkpoint):
            break
        free_the_lock(simulation)
        move(simulation, operator=9999)
        check_moved(simulation)
        assert simulation.leads_to == B
        assert simulation.routes == [A, B]
    assert checkpoint > 40


def test_killed_at_every_moment_it_is_undone_until_the_door_is_taken_out() -> None:
    undone = finished = 0
    for checkpoint in MOVES.walk():
        simulation = MoveSimulation(A)
        if not killed_at(simulation, checkpoint):
            break
        free_the_lock(simulation)
        current = simulation.objects.get("operate/swap/current.json")
        # What is in the history has ended, also where its operator was killed before the record went.
        ended = simulation.mover(9998).history.latest().record
        if current and not ended and "retire" in parse_record(current[0]).state.started:
            with pytest.raises(NotStartedError, match=PAST_UNDOING):
                back(simulation)
            free_the_lock(simulation)
            move(simulation, operator=10_000)
            finished += 1
            check_moved(simulation)
            continue
        if ended is not None and ended.result == MOVED:
            with pytest.raises(NotStartedError, match="`operate move ENV --to dal05-a` moves the registry"):
                back(simulation)
            continue
        if current is None:
            with pytest.raises(NotStartedError, match="no move is under way"):
                back(simulation)
            continue
        assert isinstance(back(simulation), Record)
        undone += 1
        check_as_before(simulation)
    assert undone > finished > 0


def undoing_is_killed_at(checkpoint: int) -> bool:
    """Undo a move, be killed at the Nth checkpoint, undo it again; False where it ended before."""
    simulation = MoveSimulation(A)
    simulation.kill_once_reported("drain ok")
    killed_at(simulation, 0)
    free_the_lock(simulation)
    simulation.passed.clear()
    simulation.kill_at = checkpoint
    try:
        back(simulation)
    except KilledError:
        simulation.kill_at = None
        free_the_lock(simulation)
        # Refused where all was done.
        with suppress(NotStartedError):
            back(simulation, 10_000)
        return True
    finally:
        check_as_before(simulation)
    return False


def test_a_resumed_move_leaves_the_front_door_that_it_was_started_with() -> None:
    """Another --from was dropped without a word."""
    simulation = MoveSimulation(A, B)
    simulation.kill_once_reported("switch ok")
    with suppress(KilledError):
        move(simulation, "c", source="a")
    free_the_lock(simulation)
    with pytest.raises(
        NotStartedError, match=f"it leaves {A}, so --from must name that or be left out, got b"
    ):
        move(simulation, "c", operator=2, source="b")
    assert isinstance(move(simulation, "c", operator=3, source="a"), Record)


def test_an_undoing_that_is_killed_goes_on() -> None:
    for checkpoint in MOVES.walk():
        if not undoing_is_killed_at(checkpoint):
            break
    assert checkpoint > 10


def test_a_record_that_is_in_the_history_already_does_not_stay() -> None:
    """Of an operator who was killed between the two; samples do not always hit them."""
    assert [checkpoint for checkpoint in range(75, 100) if undoing_is_killed_at(checkpoint)][-1] == 92


def test_a_transfer_that_does_not_end_keeps_the_address_where_it_is() -> None:
    simulation = MoveSimulation(A)
    simulation.long_transfers = 1
    with pytest.raises(
        OperateError, match=r"dal05-a still has 1 transfer, which.* its route was not changed"
    ):
        move(simulation)
    assert simulation.routes == [A]
    assert simulation.passed[-20:].count("handover release") == 1
    simulation.long_transfers = 0
    move(simulation, operator=2)
    check_moved(simulation)


def test_clients_that_stay_keep_the_old_door() -> None:
    simulation = MoveSimulation(A, address="registry.example.com")
    simulation.weakness = Weakness(clients_stay=True)
    with pytest.raises(OperateError, match=r"clients still come to dal05-a after 1 min; let them use"):
        move(simulation)
    assert simulation.built_doors == {A, B}
    simulation.weakness = Weakness()
    move(simulation, operator=2)
    check_moved(simulation)


def test_a_name_is_changed_by_the_operator_and_waited_for() -> None:
    simulation = MoveSimulation(A, address="registry.example.com")
    simulation.dns_follows = False
    with pytest.raises(OperateError, match=r"set the DNS record `.* A 198.51.100.2`, and run"):
        move(simulation)
    simulation.dns_follows = True
    move(simulation, operator=2)
    check_moved(simulation)
    assert any(
        "set the DNS record `registry.example.com A 198.51.100.2`" in line for line in simulation.reported
    )


@pytest.mark.parametrize(
    ("to", "reason"),
    [
        ("x", "`servers` in the stack file has no 'x'; it has ams01-c, dal05-a, dal05-b"),
        ("d", "dal05-d has the role client in `servers`; set it to registry"),
    ],
)
def test_where_the_registry_cannot_go(to: str, reason: str) -> None:
    simulation = MoveSimulation(A)
    simulation.servers.append({"name": "d", "datacenter": "dal05", "role": "client"})
    with pytest.raises(OperateError) as failure:
        move(simulation, to)
    assert reason in str(failure.value)
    with pytest.raises(OperateError, match="'a' is in more than one datacenter"):
        choose_server([*simulation.servers, {"name": "a", "datacenter": "ams01"}], "a")


def test_of_several_doors_the_one_to_leave_is_named() -> None:
    simulation = MoveSimulation(A, B, address="registry.example.com")
    with pytest.raises(OperateError, match="name the one that ams01-c is to take the place of by --from"):
        move(simulation, "c")
    simulation.dns_follows = True
    record = move(simulation, "c", operator=2, source="a")
    assert isinstance(record, Record)
    assert record.door_move == DoorMove(A, C)


def test_nothing_else_begins_while_a_move_is_under_way() -> None:
    simulation = MoveSimulation(A)
    simulation.kill_once_reported("gate ok")
    killed_at(simulation, 0)
    free_the_lock(simulation)
    current = parse_record(simulation.objects["operate/swap/current.json"][0])
    observed = ObservedState(simulation.facts(), [], current, None)
    for begin in (begin_swap, begin_rollback):
        with pytest.raises(
            OperateError, match=r"move from .* to dal05-b .* `operate move ENV --back` undoes it"
        ):
            begin(order(), observed)
    with pytest.raises(OperateError, match="`operate move ENV --to dal05-b` resumes it"):
        move(simulation, "c", operator=2)
    assert back(simulation) != ""
    check_as_before(simulation)
    with pytest.raises(NotStartedError, match="no move is under way, so that nothing was changed"):
        back(simulation, 10_001)


@pytest.mark.parametrize(
    ("rotation", "command"),
    [
        (RotationProgress("tempurl-key", "1-s1").as_json(), "rotate tempurl-key ENV"),
        ({"kind": "host-key", "server": "dal05-a"}, "rotate host-key ENV --server dal05-a"),
    ],
)
def test_no_move_begins_beside_what_a_rotation_has_staged(rotation: dict[str, object], command: str) -> None:
    simulation = MoveSimulation(A)
    simulation.settings["rotation"] = rotation
    with pytest.raises(OperateError, match=f"`operate {command}`"):
        move(simulation)
    simulation.settings["rotation"] = {**rotation, "switchedAt": "2026-01-01T00:00:00Z", "server": ""}
    move(simulation)
    check_moved(simulation)
    assert [line for line in simulation.reported if line.startswith("rotation: a rotation of ")]


def test_a_refusal_beside_a_live_secret_does_not_call_it_staged() -> None:
    simulation = MoveSimulation(A)
    (live,) = [colour for colour in simulation.facts().colours.values() if colour]
    simulation.settings["rotation"] = RotationProgress("http-secret", live.release).as_json()
    with pytest.raises(OperateError, match=f"its secret is live in release {live.release}"):
        move(simulation)


def test_each_side_of_a_move_is_queried_with_the_password_of_its_own_port() -> None:
    simulation = MoveSimulation(A, B)
    source, target = (
        replace(
            simulation.door(name),
            credentials={
                "modern": {colour: Credential("front-door", f"{name} {colour}") for colour in Colour}
            },
        )
        for name in (A, B)
    )
    facts = replace(simulation.facts(), doors=(source, target))
    (door,) = DoorPair(facts, source, target, Colour.RED).as_colours.doors
    passwords = {colour: credential.password for colour, credential in door.credentials["modern"].items()}
    assert passwords == {Colour.RED: f"{B} red", Colour.BLACK: f"{A} red"}


def test_beside_a_swap_that_is_named_before_whatever_is_wrong_with_the_request() -> None:
    simulation = MoveSimulation(A)
    simulation.servers[1]["role"] = "client"
    state = MoveState(simulation.facts(), simulation.servers, [], swap_record("2", "1", "red"), "000002")
    operations = simulation.mover()
    with pytest.raises(NotStartedError, match=r"a swap to release 2 .* `operate rollback ENV` undoes it"):
        operations._begin(order(), MoveRequest("b"), state)
    with pytest.raises(OperateError, match="has the role client"):
        operations._begin(order(), MoveRequest("b"), replace(state, current=None))


def test_a_stack_file_with_mistakes_begins_no_move() -> None:
    simulation = MoveSimulation(A)
    simulation.mistakes = "the stack file has 5 mistakes"
    with pytest.raises(OperateError, match="5 mistakes"):
        move(simulation)
    assert simulation.mover().history.current() is None
    assert "stack preview" not in simulation.passed
    check_as_before(simulation)
    simulation.mistakes = ""
    move(simulation)
    check_moved(simulation)


def test_the_stack_file_of_a_checkout_that_missed_a_swap_moves_nothing() -> None:
    simulation = MoveSimulation(A)
    swap = Record(
        "000001", "swap", "op@host", "", "now", Colour.BLACK, Colour.RED, "2", "3", result="live", token=4
    )
    History(SimulatedStore(simulation)).enter(swap)
    settings = dict(simulation.settings)
    with pytest.raises(NotStartedError, match="the stack file is older than the last swap"):
        move(simulation)
    with pytest.raises(NotStartedError, match="it notes no swap"):
        simulation.mover().preview(order(), MoveRequest("b"), simulation.facts())
    assert simulation.settings == settings
    simulation.settings["red"] = "3"
    move(simulation)
