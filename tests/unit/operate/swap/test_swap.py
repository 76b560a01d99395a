"""Swaps in a simulated world: every step, every kind of bad release, the way back."""

import json
from dataclasses import replace

import pytest

from operate.error import NotStartedError, OperateError
from operate.history.history import CURRENT
from operate.record.record import Record, parse_record
from operate.stack.facts import Colour, TakeoverFacts
from operate.stack.preview import MOST_NAMED, Preview
from tests.support.killed_process import KilledError
from tests.unit.operate.swap.simulated_stack import SimulatedRelease, Simulation
from tests.unit.operate.swap.simulated_swaps import (
    BAD,
    QUICK,
    check_agreement,
    free_the_lock,
    live,
    order,
    roll_back,
    swap,
)


def test_a_swap_brings_the_release_live_and_a_rollback_undoes_it() -> None:
    simulation = Simulation()
    record = swap(simulation)
    assert isinstance(record, Record)
    assert record.result == "live"
    assert [step.name for step in record.steps] == [
        "preview", "build", "gate", "shadow", "switch", "drain", "bake", "settle",
    ]  # fmt: skip
    assert live(simulation) == {Colour.BLACK}
    check_agreement(simulation)
    assert swap(simulation) == "release 2 is live already, as black"
    back = simulation.operator().rollback(order(""), simulation.facts())
    assert isinstance(back, Record)
    assert (back.kind, back.result) == ("rollback", "rolled back")
    assert live(simulation) == {Colour.RED}
    check_agreement(simulation)


def test_the_switch_waits_for_no_reads() -> None:
    simulation = Simulation()
    record = swap(simulation)
    assert isinstance(record, Record)
    assert len(record.probe_ms) == 3
    before = simulation.passed[: simulation.passed.index("doors switch dal05")]
    since_the_last_read = before[len(before) - before[::-1].index("traffic probe") :]
    assert since_the_last_read.count(f"store put {CURRENT} done") >= 2


def test_a_rollback_is_not_undone_by_a_second_one() -> None:
    simulation = Simulation()
    swap(simulation)
    simulation.operator().rollback(order(""), simulation.facts())
    with pytest.raises(OperateError, match=r"there is no swap to undo \(the last entry is: rollback"):
        simulation.operator().rollback(order(""), simulation.facts())
    assert live(simulation) == {Colour.RED}


def test_a_rollback_needs_no_pulumi() -> None:
    simulation = Simulation()
    swap(simulation)
    simulation.unavailable = {"stack"}
    facts = simulation.facts()
    started = simulation.clock.seconds
    simulation.operator().rollback(order(""), facts)
    assert live(simulation) == {Colour.RED}
    assert simulation.clock.seconds - started < 3
    assert any("not noted in the stack's configuration" in line for line in simulation.reported)
    assert any("`pulumi config set live red --stack ENV` notes it" in line for line in simulation.reported)


def test_a_rollback_to_a_colour_that_is_not_well_switches_nothing() -> None:
    simulation = Simulation()
    swap(simulation)
    simulation.releases["1"] = SimulatedRelease(complaint="no answer")
    with pytest.raises(OperateError, match="red is unhealthy, so nothing was switched: no answer"):
        simulation.operator().rollback(order(""), simulation.facts())
    assert live(simulation) == {Colour.BLACK}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_release_does_not_stay_live(kind: str) -> None:
    simulation = Simulation()
    simulation.releases["2"] = BAD[kind]
    record = swap(simulation)
    assert isinstance(record, Record)
    when_live = "when live" in kind or "later" in kind or kind == "never healthy"
    assert record.result == ("rolled back" if when_live else "refused")
    assert record.reason
    assert live(simulation) == {Colour.RED}
    if record.result == "refused":
        assert all(set(colours) == {"red"} for colours in simulation.live_seen), "it was live for a moment"
    check_agreement(simulation)
    kept = json.loads(simulation.objects[f"operate/history/{record.id}.json"][0])
    assert kept["reason"] == record.reason


def test_a_build_that_fails_can_go_on_or_be_given_up() -> None:
    simulation = Simulation()
    simulation.releases["2"] = SimulatedRelease(build="the container did not become healthy")
    with pytest.raises(OperateError, match="did not become healthy"):
        swap(simulation)
    assert live(simulation) == {Colour.RED}
    record = simulation.operator(2).rollback(order(""), simulation.facts())
    assert isinstance(record, Record)
    assert record.result == "given up"
    simulation.releases.clear()
    assert isinstance(swap(simulation, operator=3), Record)
    assert live(simulation) == {Colour.BLACK}


def test_the_idle_colours_transfers_from_before_are_not_cut_by_a_build() -> None:
    simulation = Simulation()
    swap(simulation)
    simulation.open_transfers[Colour.RED] = 12
    record = swap(simulation, release="3")
    assert isinstance(record, Record)
    assert simulation.broken_transfers == 0
    assert live(simulation) == {Colour.RED}


def test_a_release_that_is_made_anew_waits_for_its_transfers_as_well() -> None:
    """The same release of another Dockerfile, or with other settings for all releases."""
    simulation = Simulation()
    swap(simulation)
    simulation.operator(2).rollback(order(""), simulation.facts())
    simulation.releases["2"] = SimulatedRelease(touches_idle=True)
    simulation.open_transfers[Colour.BLACK] = 12
    assert isinstance(swap(simulation, operator=3), Record)
    assert simulation.broken_transfers == 0
    assert live(simulation) == {Colour.BLACK}


def test_a_build_keeps_the_release_that_is_live() -> None:
    simulation = Simulation()
    swap(simulation)
    assert simulation.config["keepRelease"] == "1"
    swap(simulation, release="3", operator=2)
    assert simulation.config["keepRelease"] == "2"


def test_another_storage_of_the_whole_stack_is_refused_before_a_build(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The live colour is verified in the storage that the settings name."""
    simulation = Simulation()
    preview = Preview({}, storage="bucket", live_storage="bucket")
    monkeypatch.setattr("tests.unit.operate.swap.simulated_stack._Stack.preview", lambda *_: preview)
    copied = order("2", replace(QUICK, data_copied=True))
    record = simulation.operator().swap(copied, simulation.facts())
    assert isinstance(record, Record)
    assert record.result == "refused"
    assert "--set s3Bucket=NAME --data-copied" in record.reason
    assert simulation.config["black"] == ""


def test_the_old_colours_transfers_are_waited_for_until_the_limit() -> None:
    simulation = Simulation()
    simulation.open_transfers[Colour.RED] = 1000
    record = swap(simulation)
    assert isinstance(record, Record)
    drain = next(step for step in record.steps if step.name == "drain")
    assert "after the limit; its container keeps running" in drain.detail
    assert drain.seconds >= QUICK.drain_limit


def test_retiring_takes_the_idle_colour_away_and_leaves_no_way_back() -> None:
    simulation = Simulation()
    swap(simulation)
    record = simulation.operator().retire(order(""), simulation.facts())
    assert isinstance(record, Record)
    assert record.result == "retired"
    assert simulation.built == {Colour.RED: "", Colour.BLACK: "2"}
    with pytest.raises(OperateError, match="there is no swap to undo"):
        simulation.operator().rollback(order(""), simulation.facts())
    assert (
        simulation.operator().retire(order(""), simulation.facts())
        == "red does not exist; live is black, release 2"
    )


def test_doors_that_disagree_are_reported_and_can_be_brought_together() -> None:
    simulation = Simulation()
    swap(simulation)
    simulation.doors[0].live = Colour.RED
    with pytest.raises(OperateError, match="disagree on the live colour"):
        swap(simulation, release="3")
    forced = replace(order(""), colour=Colour.BLACK)
    simulation.operator().rollback(forced, simulation.facts())
    assert live(simulation) == {Colour.BLACK}


def test_a_swap_to_other_storage_goes_on_when_the_data_was_copied() -> None:
    simulation = Simulation()
    simulation.releases["2"] = BAD["another storage"]
    copied = replace(QUICK, data_copied=True)
    record = simulation.operator().swap(order(options=copied), simulation.facts())
    assert isinstance(record, Record)
    assert record.result == "live"
    assert record.storage == "s3-1"
    assert swap(simulation, release="3").result == "refused"  # type: ignore[union-attr]


def test_the_way_back_to_the_storage_from_before_wants_what_was_pushed_since() -> None:
    simulation = Simulation()
    simulation.releases["2"] = BAD["another storage"]
    copied = replace(QUICK, data_copied=True)
    simulation.operator().swap(order(options=copied), simulation.facts())
    with pytest.raises(OperateError, match="copy that back"):
        simulation.operator().rollback(order(""), simulation.facts())
    assert live(simulation) == {Colour.BLACK}
    simulation.operator().rollback(order("", options=copied), simulation.facts())
    assert live(simulation) == {Colour.RED}


def test_a_record_is_the_same_when_it_is_read_again() -> None:
    simulation = Simulation()
    record = swap(simulation)
    assert isinstance(record, Record)
    assert parse_record(record.to_json()) == record
    assert record.samples


def test_a_preview_changes_nothing() -> None:
    simulation = Simulation()
    before = dict(simulation.config), dict(simulation.built), dict(simulation.objects)
    record, preview = simulation.operator().preview(order(), simulation.facts())
    assert isinstance(record, Record)
    assert preview is not None
    assert "12.50 USD a month" in preview.describe()
    assert (simulation.config, simulation.built, simulation.objects) == before


def test_a_plan_names_what_changes_up_to_a_number() -> None:
    changed = tuple(f"update Command door-{number}" for number in range(MOST_NAMED + 2))
    lines = Preview({"create": 13, "update": 22}, changed=changed).describe_with_names().splitlines()
    assert lines[:2] == ["13 to create, 22 to update", "  update Command door-0"]
    assert lines[-1] == "  and 2 more"
    assert len(lines) == MOST_NAMED + 2
    few = Preview({"replace": 1}, changed=("replace Command a-image",)).describe_with_names()
    assert few == "1 to replace\n  replace Command a-image"
    assert Preview({}).describe_with_names() == "no changes"


def test_entries_are_numbered_whatever_the_operators_clocks_say() -> None:
    simulation = Simulation()
    for release in ("2", "3", "4"):
        swap(simulation, release=release)
    assert live(simulation) == {Colour.BLACK}
    back = simulation.operator().rollback(order(""), simulation.facts())
    assert isinstance(back, Record)
    assert (back.source_release, back.id) == ("3", "000004")
    entries = simulation.operator().history.entries(3)
    assert [(entry.id, entry.kind) for entry in entries] == [
        ("000004", "rollback"),
        ("000003", "swap"),
        ("000002", "swap"),
    ]


def test_a_stack_that_is_read_again_has_its_doors_followed() -> None:
    simulation = Simulation()
    facts = simulation.operator().facts()
    assert simulation.followed == facts.doors


def test_the_stack_file_of_a_checkout_that_missed_a_swap_begins_nothing() -> None:
    """It would bring the old release back under the live colour, which Pulumi refuses late and vaguely."""
    simulation = Simulation()
    swap(simulation)
    missed = dict(simulation.config), simulation.recorded_token, simulation.last_swap
    swap(simulation, "3")
    simulation.operator().retire(order(""), simulation.facts())
    current = dict(simulation.config), simulation.recorded_token, simulation.last_swap
    simulation.config, simulation.recorded_token, simulation.last_swap = missed
    objects = {name for name in simulation.objects if "lock" not in name}
    older = (
        r"the stack file is older than the last swap \(entry 000002 with lock 3, by op@host at .*; it notes"
        r" entry 000001 with lock 1\): colour red is live with release 3, and the file has release 1 for it"
    )
    with pytest.raises(NotStartedError, match=older):
        swap(simulation, "4")
    with pytest.raises(NotStartedError, match=older):
        simulation.operator().preview(order("4"), simulation.facts())
    with pytest.raises(NotStartedError, match=older):
        simulation.operator().retire(order(""), simulation.facts())
    simulation.last_swap = None
    with pytest.raises(NotStartedError, match="it notes no swap"):
        swap(simulation, "4")
    assert {name for name in simulation.objects if "lock" not in name} == objects
    simulation.config, simulation.recorded_token, simulation.last_swap = current
    swap(simulation, "4")
    assert (live(simulation), simulation.built[Colour.BLACK]) == ({Colour.BLACK}, "4")


def test_an_edit_of_the_live_colour_is_not_taken_for_an_older_stack_file() -> None:
    """Pulumi names what is wrong with it."""
    simulation = Simulation()
    swap(simulation)
    simulation.config["black"] = "edited"
    simulation.operator().preview(order("4"), simulation.facts())


def test_a_stack_file_with_mistakes_begins_nothing() -> None:
    simulation = Simulation()
    simulation.mistakes = "the stack file has 5 mistakes"
    with pytest.raises(OperateError, match="5 mistakes"):
        swap(simulation)
    with pytest.raises(OperateError, match="5 mistakes"):
        simulation.operator().preview(order(), simulation.facts())
    assert simulation.operator().history.current() is None
    assert not any("history" in name for name in simulation.objects)
    assert "stack preview" not in simulation.passed
    simulation.mistakes = ""
    swap(simulation)
    simulation.mistakes = "the stack file has 5 mistakes"
    with pytest.raises(OperateError, match="5 mistakes"):
        simulation.operator().retire(order(""), simulation.facts())
    assert simulation.built[Colour.RED] == "1"


def test_a_rollback_goes_on_whatever_mistakes_the_stack_file_has() -> None:
    """It brings the previous colour back within seconds, and no setting of the file is in its way."""
    simulation = Simulation()
    swap(simulation)
    simulation.mistakes = "the stack file has 5 mistakes"
    roll_back(simulation)
    assert live(simulation) == {Colour.RED}


def test_a_swap_that_has_switched_is_finished_whatever_mistakes_the_stack_file_has() -> None:
    simulation = Simulation()
    simulation.kill_once_reported("switch ok")
    with pytest.raises(KilledError):
        swap(simulation)
    free_the_lock(simulation)
    simulation.mistakes = "the stack file has 5 mistakes"
    record = swap(simulation, operator=2)
    assert isinstance(record, Record)
    assert record.result == "live"


def test_nothing_is_swapped_while_a_standby_runs_the_live_colour_alone() -> None:
    simulation = Simulation()
    facts = simulation.facts()
    lost_door = replace(facts.doors[0], server="lost")
    taken_over = replace(facts, takeovers=(TakeoverFacts(lost_door, facts.doors[0]),))
    simulation.facts = lambda: taken_over  # type: ignore[method-assign]
    operations = simulation.operator()
    for act in (operations.swap, operations.rollback, operations.retire, operations.preview):
        with pytest.raises(NotStartedError, match=r"dal05-lost is lost.*`operate recover ENV` makes it"):
            act(order(), taken_over)
    assert "operate/swap/current.json" not in simulation.objects
