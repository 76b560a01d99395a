"""Recoveries, takeovers and rotations stand in the history, and change nothing of what decides."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operate.history.events import (
    PREFIX,
    Event,
    event_now,
    latest_event,
    merge_events,
    note_event,
    noting_events,
    read_events,
)
from operate.history.unknown_record import UnknownRecord, foreign_record
from operate.lock.lock import acquire
from operate.lock.write_guard import UnavailableLock
from operate.record.record import Record
from operate.stack.facts import Colour
from operate.status.status import describe_entry, status
from operate.store.signed_store import SignedStore
from tests.unit.operate.store.dict_store import DictStore
from tests.unit.operate.swap.simulated_stack import SimulatedStore, Simulation, holder
from tests.unit.operate.swap.simulated_swaps import live, order

TAKEOVER = Event("takeover", "dal05-b carries the registry", "op@host", "2026-12-01T10:00:00Z")
TIMES = st.integers(0, 59).map(lambda minute: f"2026-12-01T10:{minute:02d}:00Z")


def entry(at: str) -> Record:
    return Record("000001", "swap", "op@host", "", at, Colour.RED, Colour.BLACK, "1", "2", result="live")


def test_an_event_is_read_as_it_was_written_the_last_one_first() -> None:
    store = SignedStore(DictStore(), "key")
    later = replace(TAKEOVER, kind="recovery", at="2026-12-01T11:00:00Z")
    for event in (later, TAKEOVER):
        note_event(store, event)
    assert read_events(store, 9) == [later, TAKEOVER]
    assert read_events(store, 1) == [later]
    assert latest_event(store) == later
    assert later.description == "2026-12-01T11:00:00Z op@host recovery: dal05-b carries the registry"
    assert event_now("recovery", "3 created").at > TAKEOVER.at


def test_what_others_write_is_named_and_never_the_last_event() -> None:
    inner = DictStore()
    store = SignedStore(inner, "key")
    note_event(store, TAKEOVER)
    inner.objects[f"{PREFIX}99991231T000000Z-\x1b[2J.json"] = b"forged\n{}"
    foreign, event = read_events(store, 9)
    assert isinstance(foreign, UnknownRecord)
    assert not foreign.is_genuine
    assert "\x1b" not in foreign.description
    assert (event, latest_event(store)) == (TAKEOVER, TAKEOVER)
    newer_content = json.dumps({"format": 9, "kind": "x", "detail": "", "who": "", "at": ""}).encode()
    store.put(f"{PREFIX}99991231T000001Z-a.json", newer_content)
    store.put(f"{PREFIX}99991231T000002Z-b.json", b"{")
    newer = [unread.description for unread in read_events(store, 2) if isinstance(unread, UnknownRecord)]
    assert ["not readable" in text or "newer version" in text for text in newer] == [True, True]


@given(st.lists(TIMES, max_size=6), st.lists(TIMES, max_size=6), st.integers(1, 12))
def test_entries_and_events_are_shown_in_the_order_of_their_times(
    entry_times: list[str], event_times: list[str], count: int
) -> None:
    entries = [entry(at) for at in sorted(entry_times, reverse=True)]
    events = [replace(TAKEOVER, at=at) for at in sorted(event_times, reverse=True)]
    merged = merge_events(entries, events, count)
    times = [item.at for item in merged if not isinstance(item, UnknownRecord)]
    assert times == sorted([*entry_times, *event_times], reverse=True)[:count]


def test_what_is_foreign_stands_first_and_what_cannot_be_read_in_its_place() -> None:
    damaged, foreign = UnknownRecord("000002", "damaged"), foreign_record("x")
    before, after = entry("2026-12-01T09:00:00Z"), entry("2026-12-01T11:00:00Z")
    merged = merge_events([foreign, after, damaged, before], [TAKEOVER], 9)
    assert merged == [foreign, after, TAKEOVER, damaged, before]


def test_an_event_is_noted_where_the_lock_is_and_a_lost_lock_notes_nothing() -> None:
    store, lines, events = DictStore(), list[str](), list[Event]()
    with acquire(store, holder(1), pause=lambda _: None) as lock, noting_events(events, lock, lines.append):
        events.append(TAKEOVER)
    assert read_events(store, 9) == [TAKEOVER]
    with noting_events([TAKEOVER], UnavailableLock(), lines.append):
        pass
    assert lines == []


def test_a_store_that_refuses_does_not_undo_what_has_happened() -> None:
    simulation, lines = Simulation(), list[str]()
    store = SimulatedStore(simulation)
    with acquire(store, holder(1), pause=lambda _: None) as lock:
        simulation.unavailable = {"store"}
        with noting_events([TAKEOVER], lock, lines.append):
            pass
        simulation.unavailable = set()
    assert lines == [f"history: the takeover is not noted (store put {lines[0].split('put ')[1][:-1]})"]


def test_status_names_what_was_last_done_and_a_rollback_undoes_the_last_swap_all_the_same() -> None:
    """After a takeover, `status` ended with the move before it, and `history` had neither event."""
    simulation = Simulation()
    request = replace(order(), at="2026-12-01T09:00:00Z")
    record = simulation.operator().swap(request, simulation.facts())
    assert isinstance(record, Record)
    store = SimulatedStore(simulation)
    note_event(store, TAKEOVER)
    shown = status("prod", simulation.operator().observe(simulation.facts()), store)
    assert shown.last_lines == (
        f"last: {TAKEOVER.description}", f"last swap or move: {describe_entry(record)}",
    )  # fmt: skip
    assert shown.as_json()["event"] == TAKEOVER.as_json()
    simulation.operator(2).rollback(order(""), simulation.facts())
    assert live(simulation) == {Colour.RED}
    shown = status("prod", simulation.operator().observe(simulation.facts()), store)
    assert [line.partition(":")[0] for line in shown.last_lines] == ["last", "last takeover"]


@pytest.mark.parametrize("event", [None, TAKEOVER])
def test_a_stack_without_a_swap_has_the_event_alone(event: Event | None) -> None:
    simulation = Simulation()
    if event:
        note_event(SimulatedStore(simulation), event)
    observed = simulation.operator().observe(simulation.facts())
    shown = status("prod", observed, SimulatedStore(simulation))
    assert shown.last_lines == ((f"last: {event.description}",) if event else ())
