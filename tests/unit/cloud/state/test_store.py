"""The account's books: written whole, read back the same."""

import dataclasses
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.state.codec import StateError, decode, encode
from cloud.state.records import BillingItem, Guest, Hardware, Line, Order, SshKey, StorageAccount, Transaction
from cloud.state.store import Store


@pytest.mark.parametrize(
    "kind", [SshKey, Order, BillingItem, Guest, Hardware, StorageAccount, Line, Transaction]
)
@given(data=st.data())
def test_every_record_comes_back_the_same(kind: type[object], data: st.DataObject) -> None:
    record = data.draw(st.from_type(kind))
    assert decode(kind, encode(record)) == record


@pytest.mark.parametrize("text", ["", "7", "{}", '{"id":1,"colour":"red"}'])
def test_a_strange_record_is_refused(text: str) -> None:
    with pytest.raises(StateError, match="run cloud reset"):
        decode(SshKey, text)


def _key(number: int) -> SshKey:
    return SshKey(number, "label", "key", "", "md5", "sha256", "2024-05-01T12:00:00+00:00")


def test_all_or_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path / "books")
    broken = dataclasses.replace(_key(2), id={})  # type: ignore[arg-type]
    with pytest.raises(Exception, match="type 'dict' is not supported"):
        store.put((_key(1), broken))
    assert store.all(SshKey) == ()
    store.put((_key(3),))
    store.close()
    assert Store(tmp_path / "books").all(SshKey) == (_key(3),)


def test_numbers_are_fresh_across_threads_and_restarts(tmp_path: Path) -> None:
    store, numbers = Store(tmp_path / "books"), list[int]()
    threads = [threading.Thread(target=lambda: numbers.extend(store.numbers("Guest", 5))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    store.close()
    numbers += Store(tmp_path / "books").numbers("Guest")
    assert len(set(numbers)) == 41


def test_a_change_sees_the_latest_and_a_removed_record_is_left_alone(tmp_path: Path) -> None:
    store = Store(tmp_path / "books")
    store.put((_key(1),))
    changed = store.change(SshKey, 1, lambda key: dataclasses.replace(key, label=key.label + "!"))
    assert changed is not None
    assert changed.label == "label!"
    store.remove(SshKey, 1)
    assert store.change(SshKey, 1, lambda key: key) is None
    assert store.get(SshKey, 1) is None


def test_a_folder_in_the_way_is_named(tmp_path: Path) -> None:
    with pytest.raises(StateError, match=str(tmp_path)):
        Store(tmp_path)
