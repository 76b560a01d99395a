"""Lock, history and rollback where the object storage's listings are late."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operate.history.history import History
from operate.lock.lock import HeldError, acquire, find_holder
from operate.record.record import Record
from operate.stack.facts import Colour
from tests.unit.operate.store.lagging_store import LaggingStore
from tests.unit.operate.swap.simulated_stack import Simulation, holder
from tests.unit.operate.swap.simulated_swaps import check_agreement, live, order, swap


def lagging(data: st.DataObject) -> LaggingStore:
    return LaggingStore(lambda count: data.draw(st.integers(0, count - 1), label="listing"))


def record(number: int) -> Record:
    return Record(
        f"{number:06d}", "swap", "op@host", "", "now", Colour.RED, Colour.BLACK, "1", "2", token=number
    )


@given(st.data(), st.lists(st.floats(0, 30_000), min_size=1, max_size=12))
def test_the_last_entry_is_found_whatever_the_listing_shows(data: st.DataObject, waits: list[float]) -> None:
    store = lagging(data)
    history = History(store)
    assert history.latest().number == 0
    for number, wait in enumerate(waits, 1):
        history.write(record(number))
        history.keep_report(record(number), "<html>")
        history.enter(record(number))
        history.clear()
        store.seconds += wait
        latest = history.latest()
        assert (latest.number, latest.record) == (number, record(number))
        count = data.draw(st.integers(1, 15), label="count")
        entry_ids = [entry.id for entry in history.entries(count)]
        assert entry_ids == [f"{back:06d}" for back in range(number, max(0, number - count), -1)]


@given(st.data(), st.lists(st.tuples(st.floats(0, 40_000), st.booleans()), min_size=1, max_size=15))
def test_a_lock_is_one_operators_whatever_the_listing_shows(
    data: st.DataObject, turns: list[tuple[float, bool]]
) -> None:
    store, tokens = lagging(data), [0]
    for number, (wait, swept) in enumerate(turns, 1):
        store.seconds += wait if swept else wait / 1000
        with acquire(store, holder(number), is_alive=lambda _: True, pause=lambda _: None) as lock:
            assert lock.token == tokens[-1] + 1
            tokens.append(lock.token)
            lock_entry = find_holder(store)
            assert lock_entry is not None
            assert (lock_entry[0].nonce, lock_entry[2]) == (f"nonce-{number}", lock.token)
            with pytest.raises(HeldError):
                acquire(store, holder(999), is_alive=lambda _: True, pause=lambda _: None)
        assert find_holder(store) is None


def test_a_rollback_right_after_a_swap_finds_it() -> None:
    simulation = Simulation()
    swap(simulation)
    simulation.freeze_listing()
    swap(simulation, release="3")
    assert live(simulation) == {Colour.RED}
    back = simulation.operator().rollback(order(""), simulation.facts())
    assert isinstance(back, Record)
    assert (back.result, back.id) == ("rolled back", "000003")
    assert live(simulation) == {Colour.BLACK}
    check_agreement(simulation)


@pytest.mark.parametrize("swaps", [1, 2, 5])
def test_a_rollback_finds_a_swap_that_no_listing_shows(swaps: int) -> None:
    simulation = Simulation()
    simulation.freeze_listing()
    for number in range(swaps):
        swap(simulation, release=str(number + 2))
    before = live(simulation)
    simulation.operator().rollback(order(""), simulation.facts())
    assert live(simulation) == {colour.opposite for colour in before}
