"""Moves of the registry to another server, in a simulation: refused, killed at every moment, undone."""

import pytest

from operate.error import OperateError
from operate.move.door_move import DoorMove, choose_server
from operate.status import describe_entry
from operate.swap.begin import ObservedState, begin_rollback, begin_swap
from operate.swap.edges import RefusedError
from operate.swap.record import Record, parse_record
from tests.support.campaign import Campaign
from tests.unit.simulated_moves import A, B, C, MoveSimulation, Weakness, back, killed_at, move, order
from tests.unit.simulated_swaps import free_the_lock
from tests.unit.simulated_world import Killed

MOVES = Campaign("simulated-moves", full=100, sample=25)


def check_moved(world: MoveSimulation, source: str = A, target: str = B) -> None:
    assert world.built_doors == world.front_doors
    assert target in world.built_doors
    assert source not in world.built_doors
    assert world.settings["retiringDoors"] == []
    assert "operate/swap/current.json" not in world.objects
    assert "nobody" not in world.served


def check_as_before(world: MoveSimulation) -> None:
    assert world.built_doors == world.front_doors == {A}
    assert world.leads_to == A
    assert world.settings["retiringDoors"] == []
    assert "operate/swap/current.json" not in world.objects
    assert "nobody" not in world.served


@pytest.mark.parametrize("to", ["b", B, "c", C])
def test_the_registry_moves_and_the_server_from_before_stands_by(to: str) -> None:
    world = MoveSimulation(A)
    record = move(world, to)
    assert isinstance(record, Record)
    target = B if to in ("b", B) else C
    assert record.result == "moved"
    assert record.door_move == DoorMove(A, target)
    assert [step.name for step in record.steps] == [
        "preview", "build", "gate", "shadow", "switch", "drain", "bake", "retire",
    ]  # fmt: skip
    check_moved(world, A, target)
    assert world.routes == [A, target]
    stood = next(server for server in world.servers if server["name"] == "a")
    assert stood["frontDoor"] is False
    assert describe_entry(record).endswith(f"move {A} -> {target}, red 1: moved; why: a test")
    assert parse_record(record.to_json()) == record
    assert move(world, to, operator=2) == f"the registry is at {target} already"


def test_one_of_several_doors_takes_the_place_of_the_one_in_use() -> None:
    world = MoveSimulation(A, B)
    world.set_route(B)
    record = move(world, "a")
    assert isinstance(record, Record)
    assert record.door_move == DoorMove(B, A, builds=False)
    check_moved(world, B, A)


@pytest.mark.parametrize(
    ("weakness", "reason"),
    [
        (Weakness(preview=frozenset({"registry-1"})), "it would change registry-1, which is live"),
        (Weakness(gate="an upload cannot go on: 404"), "an upload cannot go on"),
        (Weakness(failing=50), "requests failed"),
        (Weakness(complaint="/v2/ is answered with 500"), "/v2/ is answered with 500"),
    ],
)
def test_a_server_that_does_not_serve_is_left_again(weakness: Weakness, reason: str) -> None:
    world = MoveSimulation(A)
    world.weakness = weakness
    record = move(world)
    assert isinstance(record, Record)
    assert record.result == ("moved back" if world.routes != [A] else "refused")
    assert reason in record.reason
    check_as_before(world)


def test_a_build_that_fails_goes_on_or_is_undone() -> None:
    for command in ("move", "back"):
        world = MoveSimulation(A)
        world.weakness = Weakness(build="no servers in stock")
        with pytest.raises(OperateError, match="no servers in stock"):
            move(world)
        world.weakness = Weakness()
        if command == "move":
            move(world)
            check_moved(world)
        else:
            record = back(world)
            assert isinstance(record, Record)
            assert record.result == "given up"
            check_as_before(world)


def test_killed_at_every_moment_the_same_command_goes_on() -> None:
    for moment in MOVES.walk():
        world = MoveSimulation(A)
        if not killed_at(world, moment):
            break
        free_the_lock(world)
        move(world, operator=9999)
        check_moved(world)
        assert world.leads_to == B
        assert world.routes == [A, B]
    assert moment > 40


def test_killed_at_every_moment_it_is_undone_until_the_door_is_taken_out() -> None:
    undone = finished = 0
    for moment in MOVES.walk():
        world = MoveSimulation(A)
        if not killed_at(world, moment):
            break
        free_the_lock(world)
        current = world.objects.get("operate/swap/current.json")
        if current and "retire" in parse_record(current[0]).state.started:
            with pytest.raises(OperateError, match="being taken out; `operate move --to dal05-b` finishes"):
                back(world)
            free_the_lock(world)
            move(world, operator=10_000)
            finished += 1
            check_moved(world)
            continue
        record = back(world)
        if isinstance(record, Record):
            undone += 1
            check_as_before(world)
        else:
            assert "no move is under way" in record
    assert undone > finished > 0


def undoing_is_killed_at(moment: int) -> bool:
    """Undo a move, be killed at the Nth moment, undo it again; False where it ended before."""
    world = MoveSimulation(A)
    world.kill_once_told("drain ok")
    killed_at(world, 0)
    free_the_lock(world)
    world.passed.clear()
    world.kill_at = moment
    try:
        back(world)
    except Killed:
        world.kill_at = None
        free_the_lock(world)
        back(world, 10_000)
        return True
    finally:
        check_as_before(world)
    return False


def test_an_undoing_that_is_killed_goes_on() -> None:
    for moment in MOVES.walk():
        if not undoing_is_killed_at(moment):
            break
    assert moment > 10


def test_a_record_that_is_in_the_history_already_does_not_stay() -> None:
    """Of an operator who was killed between the two; samples do not always hit them."""
    assert [moment for moment in range(65, 80) if undoing_is_killed_at(moment)][-1] == 77


def test_a_transfer_that_does_not_end_keeps_the_address_where_it_is() -> None:
    world = MoveSimulation(A)
    world.long_transfers = 1
    with pytest.raises(OperateError, match=r"1 transfers of dal05-a do not end.* it leads where it led"):
        move(world)
    assert world.routes == [A]
    assert world.passed[-20:].count("handover release") == 1
    world.long_transfers = 0
    move(world, operator=2)
    check_moved(world)


def test_clients_that_stay_keep_the_old_door() -> None:
    world = MoveSimulation(A, address="registry.example.com")
    world.weakness = Weakness(stays=True)
    with pytest.raises(OperateError, match=r"clients still come to dal05-a after 1 minutes; let them use"):
        move(world)
    assert world.built_doors == {A, B}
    world.weakness = Weakness()
    move(world, operator=2)
    check_moved(world)


def test_a_name_is_changed_by_the_operator_and_waited_for() -> None:
    world = MoveSimulation(A, address="registry.example.com")
    world.dns_follows = False
    with pytest.raises(OperateError, match=r"set the DNS record `.* A 198.51.100.2`, and run"):
        move(world)
    world.dns_follows = True
    move(world, operator=2)
    check_moved(world)
    assert any("set the DNS record `registry.example.com A 198.51.100.2`" in line for line in world.told)


def test_an_address_of_a_server_s_own_is_left_by_telling_clients() -> None:
    world = MoveSimulation(A, address="")
    with pytest.raises(RefusedError, match="set globalIp, or registryName to a DNS name"):
        move(world)
    # Whom nobody led elsewhere, the operator has told.
    world.weakness = Weakness(stays=False)
    world.leads_to = B
    record = move(world, operator=2, new_address=True)
    assert isinstance(record, Record)
    told = "let clients use https://198.51.100.2:5000 instead of https://198.51.100.1:5000; both serve now"
    assert f"switch: {told}" in world.told


@pytest.mark.parametrize(
    ("to", "reason"),
    [
        ("x", "`servers` in the stack file has no 'x'; it has ams01-c, dal05-a, dal05-b"),
        ("d", "dal05-d has the role client in `servers`; set it to registry"),
    ],
)
def test_where_the_registry_cannot_go(to: str, reason: str) -> None:
    world = MoveSimulation(A)
    world.servers.append({"name": "d", "datacenter": "dal05", "role": "client"})
    with pytest.raises(OperateError) as failure:
        move(world, to)
    assert reason in str(failure.value)
    with pytest.raises(OperateError, match="'a' is in more than one datacenter"):
        choose_server([*world.servers, {"name": "a", "datacenter": "ams01"}], "a")


def test_of_several_doors_the_one_to_leave_is_named() -> None:
    world = MoveSimulation(A, B, address="registry.example.com")
    with pytest.raises(OperateError, match="name the one that ams01-c is to take the place of by --from"):
        move(world, "c")
    world.dns_follows = True
    record = move(world, "c", operator=2, source="a")
    assert isinstance(record, Record)
    assert record.door_move == DoorMove(A, C)


def test_nothing_else_begins_while_a_move_is_under_way() -> None:
    world = MoveSimulation(A)
    world.kill_once_told("gate ok")
    killed_at(world, 0)
    free_the_lock(world)
    current = parse_record(world.objects["operate/swap/current.json"][0])
    found = ObservedState(world.facts(), [], current, None)
    for begin in (begin_swap, begin_rollback):
        with pytest.raises(OperateError, match=r"move to dal05-b .* `operate move --back` undoes it"):
            begin(order(), found)
    with pytest.raises(OperateError, match="`operate move --to dal05-b` resumes it"):
        move(world, "c", operator=2)
    assert back(world) != ""
    check_as_before(world)
    assert "no move is under way" in str(back(world, 10_001))
