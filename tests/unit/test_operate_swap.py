"""Swaps in a simulated world: killed at every moment, with every kind of bad release, two at once."""

import json
import random
from dataclasses import replace

import pytest

from operate.error import OperateError
from operate.history.history import CURRENT
from operate.lock.lock import HeldError, LostLockError
from operate.swap.begin import Order
from operate.swap.edges import FencedError
from operate.swap.facts import Colour
from operate.swap.record import Options, Record, record_from
from tests.unit.simulated_world import Killed, SimulatedRelease, Simulation

QUICK = Options(bake=20.0, drain_limit=60.0, idle=10.0, interval=2.0)


def order(release: str = "2", number: int = 1, options: Options = QUICK) -> Order:
    return Order(f"20261125T00000{number}Z-00000{number}", "op@host", "now", "a test", release, {}, options)


def live(world: Simulation) -> set[Colour]:
    return {door.live for door in world.doors}


def swap(world: Simulation, release: str = "2", number: int = 1, operator: int = 1) -> Record | str:
    return world.operator(operator).swap(order(release, number), world.facts())


def killed_at(world: Simulation, moment: int, command: str = "swap") -> bool:
    """Run a command that is killed at its Nth moment; False where it ended before."""
    world.moments, world.kill_at = 0, moment
    try:
        operations = world.operator(moment + 1)
        if command == "swap":
            operations.swap(order(), world.facts())
        else:
            operations.rollback(order(""), world.facts())
    except Killed:
        return True
    finally:
        world.kill_at = None
    return False


def undo(world: Simulation, number: int) -> str:
    """Roll back; returns why there is nothing to undo."""
    try:
        world.operator(9999).rollback(order("", number), world.facts())
    except OperateError as error:
        return str(error)
    return ""


def free_the_lock(world: Simulation) -> None:
    """A dead operator's lock ends by the store's clock."""
    world.clock.sleep(61)


def check_agreement(world: Simulation) -> None:
    """Doors, configuration and stack say the same, and nothing is left under way."""
    assert len(live(world)) == 1
    (colour,) = live(world)
    assert world.config["live"] == colour.value
    assert world.built[colour] == world.config[colour.value]
    assert "operate/swap/current.json" not in world.objects


def test_a_swap_brings_the_release_live_and_a_rollback_undoes_it() -> None:
    world = Simulation()
    record = swap(world)
    assert isinstance(record, Record)
    assert record.result == "live"
    assert [step.name for step in record.steps] == [
        "preview", "build", "gate", "shadow", "switch", "drain", "bake", "settle",
    ]  # fmt: skip
    assert live(world) == {Colour.BLACK}
    check_agreement(world)
    assert swap(world, number=2) == "release 2 is live already, as black"
    back = world.operator().rollback(order("", 3), world.facts())
    assert isinstance(back, Record)
    assert (back.kind, back.result) == ("rollback", "rolled back")
    assert live(world) == {Colour.RED}
    check_agreement(world)


def test_the_switch_waits_for_no_reads() -> None:
    world = Simulation()
    record = swap(world)
    assert isinstance(record, Record)
    assert len(record.paces) == 3
    before = world.passed[: world.passed.index("doors switch dal05")]
    since_the_last_read = before[len(before) - before[::-1].index("traffic probe") :]
    assert since_the_last_read.count(f"store put {CURRENT} done") >= 2


def test_a_rollback_is_not_undone_by_a_second_one() -> None:
    world = Simulation()
    swap(world)
    world.operator().rollback(order("", 2), world.facts())
    with pytest.raises(OperateError, match=r"there is no swap to undo \(the last entry is: rollback"):
        world.operator().rollback(order("", 3), world.facts())
    assert live(world) == {Colour.RED}


def test_a_rollback_needs_no_pulumi() -> None:
    world = Simulation()
    swap(world)
    world.lost = {"stack"}
    facts = world.facts()
    began = world.clock.seconds
    world.operator().rollback(order("", 2), facts)
    assert live(world) == {Colour.RED}
    assert world.clock.seconds - began < 3
    assert any("not noted in the stack's configuration" in line for line in world.told)


def test_a_rollback_to_a_colour_that_is_not_well_switches_nothing() -> None:
    world = Simulation()
    swap(world)
    world.releases["1"] = SimulatedRelease(complaint="no answer")
    with pytest.raises(OperateError, match="red is not well, nothing is switched: no answer"):
        world.operator().rollback(order("", 2), world.facts())
    assert live(world) == {Colour.BLACK}


BAD = {
    "wrong secret": SimulatedRelease(gate="an upload cannot go on: 404"),
    "broken storage": SimulatedRelease(gate="an upload cannot begin: 503"),
    "wrong digest": SimulatedRelease(gate="a layer comes back otherwise"),
    "missing blob": SimulatedRelease(shadow="GET /v2/a/blobs/sha256:1: 404, live 200"),
    "404 on reads": SimulatedRelease(shadow="GET /v2/a/manifests/1: 404, live 200"),
    "truncation": SimulatedRelease(shadow="GET: 5 of 10 bytes"),
    "wrong authentication": SimulatedRelease(gate="without credentials it answers 200, not 401"),
    "port closed": SimulatedRelease(gate="connection refused"),
    "never healthy": SimulatedRelease(unwell=True),
    "slow before": SimulatedRelease(gate="/v2/ takes 900 ms"),
    "slow when live": SimulatedRelease(response_ms=400.0),
    "corrupt when live": SimulatedRelease(complaint="other bytes than before"),
    "errors when live": SimulatedRelease(failing=5),
    "errors later": SimulatedRelease(failing=100, late=25.0),
    "another storage": SimulatedRelease(storage="s3-1"),
    "would touch the live colour": SimulatedRelease(touches_live=True),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_release_does_not_stay_live(kind: str) -> None:
    world = Simulation()
    world.releases["2"] = BAD[kind]
    record = swap(world)
    assert isinstance(record, Record)
    when_live = "when live" in kind or "later" in kind or kind == "never healthy"
    assert record.result == ("rolled back" if when_live else "refused")
    assert record.reason
    assert live(world) == {Colour.RED}
    if record.result == "refused":
        assert all(set(seen) == {"red"} for seen in world.live_seen), "it was live for a moment"
    check_agreement(world)
    kept = json.loads(world.objects[f"operate/history/{record.id}.json"][0])
    assert kept["reason"] == record.reason


def test_a_build_that_fails_can_go_on_or_be_given_up() -> None:
    world = Simulation()
    world.releases["2"] = SimulatedRelease(build="the container did not become healthy")
    with pytest.raises(OperateError, match="did not become healthy"):
        swap(world)
    assert live(world) == {Colour.RED}
    record = world.operator(2).rollback(order("", 2), world.facts())
    assert isinstance(record, Record)
    assert record.result == "given up"
    world.releases.clear()
    assert isinstance(swap(world, number=3, operator=3), Record)
    assert live(world) == {Colour.BLACK}


def moments_of_a_swap() -> int:
    world = Simulation()
    swap(world)
    return world.moments


@pytest.mark.parametrize("bad", [None, "errors when live", "wrong secret"])
def test_killed_at_every_moment_the_same_command_goes_on(bad: str | None) -> None:
    moment = 0
    while True:
        moment += 1
        world = Simulation()
        if bad:
            world.releases["2"] = BAD[bad]
        if not killed_at(world, moment):
            break
        assert len(world.built) == 2
        assert all(world.built[door.live] for door in world.doors), "a door without a registry behind it"
        free_the_lock(world)
        world.operator(9999).swap(order(number=2), world.facts())
        check_agreement(world)
        assert live(world) == ({Colour.RED} if bad else {Colour.BLACK})
        assert world.cut == 0
    assert moment > 40


def test_killed_at_every_moment_a_rollback_undoes() -> None:
    moment = 0
    while True:
        moment += 1
        world = Simulation()
        if not killed_at(world, moment):
            break
        before = live(world)
        finished = any(name.startswith("operate/history/") for name in world.objects)
        free_the_lock(world)
        if refused := undo(world, 2):
            assert "there is no swap to undo" in refused
            assert before == {Colour.RED}
            assert not finished
        assert live(world) == {Colour.RED}
        assert "operate/swap/current.json" not in world.objects


def test_a_rollback_killed_at_every_moment_goes_on() -> None:
    moment = 0
    while True:
        moment += 1
        world = Simulation()
        swap(world)
        if not killed_at(world, moment, "rollback"):
            break
        free_the_lock(world)
        assert undo(world, 3) == "" or "the last entry is: rollback" in undo(world, 4)
        check_agreement(world)
        assert live(world) == {Colour.RED}


@pytest.mark.parametrize("seed", range(100))
def test_killed_at_random_moments_again_and_again_it_converges(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - a test's own
    world = Simulation(datacenters=("dal05", "ams01", "sjc01")[: chance.randint(1, 3)])
    bad = chance.choice([None, *BAD])
    if bad:
        world.releases["2"] = BAD[bad]
    last = moments_of_a_swap()
    for _ in range(chance.randint(1, 5)):
        left = "operate/swap/current.json" in world.objects
        killed_at(world, chance.randint(1, last), chance.choice(["swap", "rollback"]) if left else "swap")
        free_the_lock(world)
        assert all(world.built[door.live] for door in world.doors)
    if chance.choice(["swap", "rollback"]) == "swap":
        world.operator(9999).swap(order(number=2), world.facts())
    else:
        assert "no swap to undo" in (undo(world, 2) or "no swap to undo")
    check_agreement(world)
    assert world.cut == 0


def test_two_operators_at_once_are_told_who_is_at_work() -> None:
    world = Simulation()
    assert killed_at(world, 30)
    with pytest.raises(HeldError, match=r"locked by op31@host .* since now for 'swap'"):
        swap(world, operator=2)
    free_the_lock(world)
    assert isinstance(swap(world, operator=2, number=2), Record)


def test_a_late_operator_does_not_act_any_more() -> None:
    world = Simulation()
    late = world.operator(1)
    with late._locked() as lock:
        free_the_lock(world)
        assert isinstance(swap(world, operator=2, number=2), Record)
        assert live(world) == {Colour.BLACK}
        with pytest.raises(LostLockError, match="nothing more is done"):
            lock.check()
        with pytest.raises(FencedError):
            late._world.doors.switch(Colour.RED, lock.token, anyway=True)
    assert live(world) == {Colour.BLACK}


def test_another_swap_is_refused_while_one_is_unfinished() -> None:
    world = Simulation()
    killed_at(world, 60)
    free_the_lock(world)
    with pytest.raises(
        OperateError, match=r"`operate swap --to 2` goes on with it, `operate rollback` undoes it"
    ):
        swap(world, release="3", operator=2)


def test_a_swap_that_goes_on_keeps_its_options_and_says_so() -> None:
    world = Simulation()
    killed_at(world, 60)
    free_the_lock(world)
    longer = replace(QUICK, bake=QUICK.bake * 10)
    record = world.operator(2).swap(order(options=longer), world.facts())
    assert isinstance(record, Record)
    assert record.options == QUICK
    assert any("options stay those that it was begun with" in line for line in world.told)


def test_the_idle_colours_transfers_from_before_are_not_cut_by_a_build() -> None:
    world = Simulation()
    swap(world)
    world.open_transfers[Colour.RED] = 12
    record = swap(world, release="3", number=2)
    assert isinstance(record, Record)
    assert world.cut == 0
    assert live(world) == {Colour.RED}


def test_the_old_colours_transfers_are_waited_for_until_the_limit() -> None:
    world = Simulation()
    world.open_transfers[Colour.RED] = 1000
    record = swap(world)
    assert isinstance(record, Record)
    drain = next(step for step in record.steps if step.name == "drain")
    assert "go on after the limit; it stays warm" in drain.said
    assert drain.seconds >= QUICK.drain_limit


def test_retiring_takes_the_idle_colour_away_and_leaves_no_way_back() -> None:
    world = Simulation()
    swap(world)
    record = world.operator().retire(order("", 2), world.facts())
    assert isinstance(record, Record)
    assert record.result == "retired"
    assert world.built == {Colour.RED: "", Colour.BLACK: "2"}
    with pytest.raises(OperateError, match="there is no swap to undo"):
        world.operator().rollback(order("", 3), world.facts())
    assert (
        world.operator().retire(order("", 4), world.facts()) == "red is not there; live is black, release 2"
    )


def test_doors_that_disagree_are_told_and_can_be_brought_together() -> None:
    world = Simulation()
    swap(world)
    world.doors[0].live = Colour.RED
    with pytest.raises(OperateError, match="no colour in common live"):
        swap(world, release="3", number=2)
    forced = replace(order("", 3), colour=Colour.BLACK)
    world.operator().rollback(forced, world.facts())
    assert live(world) == {Colour.BLACK}


def test_a_swap_to_other_storage_goes_on_when_the_data_was_copied() -> None:
    world = Simulation()
    world.releases["2"] = BAD["another storage"]
    copied = replace(QUICK, data_copied=True)
    record = world.operator().swap(order(options=copied), world.facts())
    assert isinstance(record, Record)
    assert record.result == "live"
    assert record.storage == "s3-1"
    assert swap(world, release="3", number=2).result == "refused"  # type: ignore[union-attr]


def test_the_way_back_to_the_storage_from_before_wants_what_was_pushed_since() -> None:
    world = Simulation()
    world.releases["2"] = BAD["another storage"]
    copied = replace(QUICK, data_copied=True)
    world.operator().swap(order(options=copied), world.facts())
    with pytest.raises(OperateError, match="copy that back"):
        world.operator().rollback(order("", 2), world.facts())
    assert live(world) == {Colour.BLACK}
    world.operator().rollback(order("", 3, options=copied), world.facts())
    assert live(world) == {Colour.RED}


def test_a_record_is_the_same_when_it_is_read_again() -> None:
    world = Simulation()
    record = swap(world)
    assert isinstance(record, Record)
    assert record_from(record.to_json()) == record
    assert record.samples


def test_a_preview_changes_nothing() -> None:
    world = Simulation()
    before = dict(world.config), dict(world.built), dict(world.objects)
    record, said = world.operator().preview(order(), world.facts())
    assert isinstance(record, Record)
    assert "12.50 USD a month" in said
    assert (world.config, world.built, world.objects) == before


def test_what_is_undone_is_the_last_swap_whatever_the_operators_clocks_say() -> None:
    world = Simulation()
    ahead = replace(order(number=1), id="20991231T235959.000Z-aaaaaa")
    world.operator().swap(ahead, world.facts())
    behind = [replace(order(release, number), id="20010101T000000.000Z-bbbbbb") for number, release in
              ((2, "3"), (3, "4"))]  # fmt: skip
    for one in behind:
        world.operator().swap(one, world.facts())
    assert live(world) == {Colour.BLACK}
    back = world.operator().rollback(replace(behind[0], release=""), world.facts())
    assert isinstance(back, Record)
    assert (back.source_release, back.id) == ("3", "20991231T235959.000Z-aaaaaa_0003")
    assert [entry.release for entry in world.operator().history.entries(3)] == ["4", "4", "3"]


def test_another_operators_stack_file_says_in_the_end_what_is_live() -> None:
    """The one who began the swap had the release in a file of his own."""
    for moment in range(20, moments_of_a_swap(), 10):
        world = Simulation()
        if not killed_at(world, moment) or "operate/swap/current.json" not in world.objects:
            continue
        world.config = {"red": "1", "black": "", "live": "red"}
        free_the_lock(world)
        world.operator(9999).swap(order(number=2), world.facts())
        check_agreement(world)
        assert live(world) == {Colour.BLACK}


@pytest.mark.parametrize("then", ["rollback", "swap"])
def test_stopped_at_every_moment_and_overtaken_an_operator_does_no_harm(then: str) -> None:
    """A machine that sleeps for longer than the lock lasts: another one ends the swap, then it wakes up."""

    def overtake() -> None:
        free_the_lock(world)
        before = set(world.objects)
        if then == "swap":
            world.operator(2).swap(order(number=2), world.facts())
        elif "operate/swap/current.json" in before:
            undo(world, 2)
        seen.append(live(world))

    last = 0
    for moment in range(1, moments_of_a_swap() + 1, 2):
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
        assert world.operator(3).found(world.facts()).current is None or live(world) == {Colour.RED}
        world.operator(3).swap(order(number=3), world.facts())
        assert live(world) == {Colour.BLACK}
        last = moment
    assert last > 40
