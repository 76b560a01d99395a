"""Records of a newer version of operate, and damaged ones: shown as such, skipped; commands go on."""

import io
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from operate.cli.status_tables import print_status
from operate.clock import parse_timestamp
from operate.dashboard.page import body
from operate.dashboard.state import DashboardState, alarms, summary
from operate.error import OperateError
from operate.history.history import CURRENT, History
from operate.history.unknown_record import (
    UnknownRecord,
    describe_records,
    foreign_record,
    read_record,
    read_token,
)
from operate.record.record import FORMAT, Record
from operate.stack.facts import Colour
from operate.status.status import StackStatus, describe_entry, status
from operate.store.object_store import Stored
from tests.unit.operate.swap.simulated_stack import SimulatedStore, Simulation
from tests.unit.operate.swap.simulated_swaps import check_agreement, live, order, swap

NEWER = f"written by a newer version of operate (format {FORMAT + 1})"


def newer(simulation: Simulation, name: str, **changes: object) -> None:
    """Write an object as a newer version of operate would."""
    template = json.loads(simulation.objects["operate/history/000001.json"][0])
    fields = template | {"format": FORMAT + 1, "steps": "otherwise"} | changes
    simulation.objects[name] = json.dumps(fields).encode(), simulation.clock.seconds


def swapped() -> Simulation:
    simulation = Simulation()
    swap(simulation)
    return simulation


def with_newer_entry(**changes: object) -> Simulation:
    simulation = swapped()
    newer(simulation, "operate/history/000002.json", id="000002", **changes)
    return simulation


def observed(simulation: Simulation) -> StackStatus:
    return status("prod", simulation.operator().observe(simulation.facts()), SimulatedStore(simulation))


def printed_status(simulation: Simulation) -> str:
    text = io.StringIO()
    print_status(observed(simulation), Console(file=text, width=400))
    return text.getvalue()


def dashboard(simulation: Simulation) -> str:
    now = parse_timestamp("2026-11-25T00:00:00Z")
    assert now is not None
    state = DashboardState("prod", now, observed(simulation))
    return body(state)


def test_a_newer_entry_is_shown_as_such_and_the_one_before_it_too() -> None:
    simulation = with_newer_entry()
    line = f"swap 000002 by op@host since now: {NEWER}"
    assert f"skipped: {line}" in printed_status(simulation)
    assert "last: now op@host swap to release 2 (black): live" in printed_status(simulation)
    assert line in dashboard(simulation)
    status_json = observed(simulation).as_json()
    assert isinstance(status_json["skipped"], list)
    assert status_json["skipped"][0]["reason"] == NEWER
    entries = simulation.operator().history.entries(5)
    assert next(map(describe_entry, entries)) == line
    assert [isinstance(entry, Record) for entry in entries] == [False, True]


def test_records_that_are_skipped_for_one_reason_are_one_line() -> None:
    """After an adoption without the old key, no earlier record is signed with the new one."""
    foreign = [foreign_record(f"{number:06d}") for number in range(20, 0, -1)]
    newest = UnknownRecord("000022", NEWER, "swap", "op@host", "now")
    lines = describe_records([newest, *foreign, foreign_record("'evil.json'", "no such name")])
    runbook = "see docs/runbooks/changed-records.md"
    names = "000020, 000019, 000018 and 17 others"
    assert lines == [
        newest.description,
        f"20 records, {names}: {foreign[0].reason}; no command reads them; {runbook}",
        f"record 'evil.json': no such name; no command reads it; {runbook}",
    ]
    (two,) = describe_records([newest, replace(newest, id="000021")])
    assert two == f"2 records, 000022 and 000021: {NEWER}"
    assert describe_records([]) == []


def test_status_dashboard_and_swap_count_what_they_skip() -> None:
    simulation = with_newer_entry()
    for number in (3, 4, 5):
        newer(simulation, f"operate/history/{number:06d}.json", id=f"{number:06d}")
    line = f"4 records, 000005, 000004, 000003 and 1 other: {NEWER}"
    assert printed_status(simulation).count("skipped: ") == 1
    assert f"skipped: {line}" in printed_status(simulation)
    assert line in dashboard(simulation)
    skipped = observed(simulation).as_json()["skipped"]
    assert isinstance(skipped, list)
    assert len(skipped) == 4
    simulation.operator().preview(order("3"), simulation.facts())
    assert [text for text in simulation.reported if "skipped" in text] == [f"history: skipped {line}"]
    swap(simulation, release="3")
    assert [text for text in simulation.reported if "skipped" in text] == 2 * [f"history: skipped {line}"]


def test_a_swap_goes_on_after_a_newer_entry() -> None:
    simulation = with_newer_entry()
    record = swap(simulation, release="3")
    assert isinstance(record, Record)
    assert (record.result, record.id) == ("live", "000003")
    assert any(NEWER in line for line in simulation.reported)
    check_agreement(simulation)


def test_a_rollback_undoes_the_swap_before_a_newer_entry() -> None:
    simulation = with_newer_entry()
    back = simulation.operator().rollback(order(""), simulation.facts())
    assert isinstance(back, Record)
    assert (back.result, back.id) == ("rolled back", "000003")
    assert live(simulation) == {Colour.RED}


def test_a_rollback_does_not_go_to_a_release_that_a_newer_entry_brought() -> None:
    simulation = with_newer_entry()
    simulation.built[Colour.RED] = simulation.config["red"] = "bad"
    with pytest.raises(
        OperateError,
        match=r"no swap to undo \(the last entry is: swap to release 2 \(black\), live; after it",
    ):
        simulation.operator().rollback(order(""), simulation.facts())
    assert live(simulation) == {Colour.BLACK}


def test_a_late_operator_is_refused_by_a_newer_entry() -> None:
    simulation = with_newer_entry(token=9)
    late = Record("000002", "swap", "op", "", "now", Colour.RED, Colour.BLACK, "1", "2", token=8)
    with pytest.raises(OperateError, match="an operator with lock 9 has written since"):
        History(SimulatedStore(simulation)).write(late)


def test_a_newer_swap_under_way_is_shown_and_a_swap_tells_how_to_end_it() -> None:
    simulation = swapped()
    newer(simulation, CURRENT, id="000002", token=7)
    line = f"swap 000002 by op@host since now: {NEWER}"
    assert f"under way: {line}" in printed_status(simulation)
    assert line in dashboard(simulation)
    assert line in summary(observed(simulation), 0)
    now = parse_timestamp("2026-11-25T00:00:00Z")
    assert now is not None
    assert any(line in alarm for alarm in alarms(DashboardState("prod", now, observed(simulation))))
    status_json = observed(simulation).as_json()
    assert isinstance(status_json["swap"], dict)
    assert status_json["swap"]["unknown"] is True
    with pytest.raises(OperateError, match="`operate rollback ENV` undoes it"):
        swap(simulation, release="3")
    with pytest.raises(OperateError, match="`operate rollback ENV` undoes it"):
        simulation.operator().retire(order(""), simulation.facts())


def test_a_newer_swap_that_does_not_name_its_source_names_the_rollback_that_is_not_refused() -> None:
    simulation = swapped()
    newer(simulation, CURRENT, id="000002", token=7, source="")
    remedy = r"`operate rollback {} --colour red` or `--colour black` makes that colour live instead"
    assert remedy.format("prod") in printed_status(simulation)
    with pytest.raises(OperateError, match=remedy.format("ENV")):
        swap(simulation, release="3")
    with pytest.raises(OperateError, match=remedy.format("ENV")):
        simulation.operator().rollback(order(""), simulation.facts())


@pytest.mark.parametrize("switched", [False, True])
def test_a_rollback_undoes_a_newer_swap_under_way(switched: bool) -> None:
    simulation = swapped()
    simulation.built[Colour.RED] = simulation.config["red"] = "3"
    newer(simulation, CURRENT, id="000002", token=3, source="black", target="red")
    for door in simulation.doors:
        door.fence = 3
        door.live = Colour.RED if switched else Colour.BLACK
    back = simulation.operator().rollback(order(""), simulation.facts())
    assert isinstance(back, Record)
    assert (back.result, back.id) == ("rolled back", "000002")
    assert NEWER in back.reason
    assert live(simulation) == {Colour.BLACK}
    check_agreement(simulation)
    assert swap(simulation, release="4")


def test_a_damaged_record_under_way_is_undone_to_a_colour_that_is_named() -> None:
    simulation = swapped()
    simulation.objects[CURRENT] = b"{", simulation.clock.seconds
    assert "under way: record ?: not readable by this version of operate (JSONDecodeError" in printed_status(
        simulation
    )
    with pytest.raises(OperateError, match="--colour red"):
        simulation.operator().rollback(order(""), simulation.facts())
    simulation.operator().rollback(replace(order(""), colour=Colour.BLACK), simulation.facts())
    check_agreement(simulation)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
_fields = json.loads(Record("000001", "swap", "op", "", "now", Colour.RED, Colour.BLACK, "1", "2").to_json())


@given(st.binary() | _json.map(lambda value: json.dumps(value).encode()))
def test_no_content_stops_a_command(content: bytes) -> None:
    record = read_record(Stored(content, 0.0), "000007")
    assert isinstance(record, UnknownRecord)
    assert record.id
    assert record.reason in record.description


@given(st.sampled_from(sorted(_fields)), _json)
def test_no_field_stops_a_command(key: str, value: object) -> None:
    stored = Stored(json.dumps(_fields | {key: value}).encode(), 0.0)
    record = read_record(stored)
    assert isinstance(record, Record | UnknownRecord)
    assert key == "token" or read_token(stored) == record.token
    assert describe_entry(record)
