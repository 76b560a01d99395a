"""Lock and history of a stack with a new root secret: signed again where the lost key is remembered."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from operate.adopt.kept_records import (
    SignedRecords,
    continue_lock,
    hold_lock,
    sign_records,
    sign_stack_records,
)
from operate.history.history import CURRENT, entry_name
from operate.lock.holder import TTL
from operate.lock.lock import HeldError, Lock, acquire
from operate.lock.numbers import FOREIGN_LIMIT
from operate.lock.process import this_process
from operate.store.object_store import StoreError
from operate.store.signed_store import SignedStore
from operate.store.stack_store import server_store
from tests.unit.operate.recover.local_servers import FOLDERS, SWIFT, FailingConnection, LocalServers
from tests.unit.operate.store.dict_store import DictStore

OLD, NEW = "old" * 20, "new" * 20


def signed(store: DictStore, key: str) -> SignedStore:
    return SignedStore(store, key)


def test_what_the_lost_key_signed_is_signed_with_the_new_one() -> None:
    store = DictStore()
    for name in (entry_name("000001"), CURRENT):
        signed(store, OLD).put(name, b"{}")
    signed(store, "stranger").put(entry_name("000002"), b"{}")
    assert sign_records(signed(store, NEW), signed(store, OLD)) == SignedRecords(2, 1)
    entry = signed(store, NEW).get(CURRENT)
    assert entry is not None
    assert (entry.content, entry.genuine) == (b"{}", True)
    strange = signed(store, NEW).get(entry_name("000002"))
    assert strange is not None
    assert not strange.genuine
    assert sign_records(signed(store, NEW), signed(store, OLD)) == SignedRecords(0, 1), "once more"


def test_without_the_deleted_key_the_loss_is_counted_and_reported() -> None:
    store = DictStore()
    signed(store, OLD).put(CURRENT, b"{}")
    records = sign_records(signed(store, NEW), None)
    assert records == SignedRecords(0, 1)
    assert "1 not signed with a key that this machine knows, by an earlier key or by somebody else" in (
        records.description
    )
    assert "operate rollback ENV --colour COLOUR" in records.description
    assert SignedRecords(0, 0).description == ""


def test_the_lock_goes_on_above_the_lost_ones() -> None:
    store, me = DictStore(), this_process("swap", TTL)
    for _ in range(3):
        with acquire(signed(store, OLD), me, pause=lambda _: None) as lock:
            last = lock.token
    sign_records(signed(store, NEW), signed(store, OLD))
    with acquire(signed(store, NEW), me, pause=lambda _: None) as lock:
        assert lock.token == last + 1


def test_another_operator_at_work_is_seen_with_the_lost_key() -> None:
    store, me = DictStore(), this_process("swap", TTL)
    with acquire(signed(store, OLD), me, pause=lambda _: None), pytest.raises(HeldError, match="'swap'"):
        acquire(signed(store, OLD), this_process("adopt", TTL), pause=lambda _: None)


def test_a_machine_without_records_reports_it() -> None:
    lines = list[str]()
    with hold_lock(None, None, lines.append):
        pass
    (line,) = lines
    assert line.startswith("no lock: this machine remembers nothing of the lost state; make sure that nobody")


@pytest.mark.parametrize(("status", "goes_on"), [(401, True), (404, True), (403, False), (503, False)])
def test_a_store_that_does_not_answer_stops_an_adoption(
    status: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, goes_on: bool
) -> None:
    """Only where no operator can hold a lock there, nobody else can be at work with it."""
    monkeypatch.setattr(
        "operate.store.swift_connections.SwiftConnections.connection", lambda _: FailingConnection(status)
    )
    monkeypatch.setattr("operate.store.swift_store._PAUSE", 0.0)
    lines = list[str]()
    lock = hold_lock(replace(FOLDERS, swift=SWIFT), LocalServers(tmp_path).link, lines.append)
    if goes_on:
        with lock:
            pass
        assert lines[0].startswith("no lock: ")
    else:
        with pytest.raises(StoreError), lock:
            pass


def test_whoever_can_write_to_the_storage_takes_no_lock_from_an_adoption(tmp_path: Path) -> None:
    servers = LocalServers(tmp_path)
    stranger = server_store(replace(FOLDERS, record_key="s" * 64), servers.link, FOLDERS.store_door)
    first = "operate/lock/000000000001"
    stranger.put(first, b"{}")
    (file,) = tmp_path.rglob(first)
    for number in range(2, FOREIGN_LIMIT + 2):
        shutil.copy(file, file.with_name(f"{number:012d}"))
    with (
        pytest.raises(StoreError, match=r"changed-records\.md"),
        hold_lock(FOLDERS, servers.link, lambda _: None),
    ):
        pass


@pytest.mark.parametrize("remembered", [True, False])
def test_records_are_signed_under_a_lock_that_others_see(tmp_path: Path, *, remembered: bool) -> None:
    """Whoever reads the new key from the outputs meanwhile finds the lock signed with it."""
    servers = LocalServers(tmp_path, fences={"dal05-a": 7})
    before, after = FOLDERS, replace(FOLDERS, record_key="n" * 64)
    old, new = (server_store(facts, servers.link, FOLDERS.store_door) for facts in (before, after))
    old.put(CURRENT, b"{}")
    with hold_lock(before if remembered else None, servers.link, lambda _: None) as lock:
        with continue_lock(lock, after, servers.link, lambda _: None):
            with pytest.raises(HeldError, match="'adopt'"):
                acquire(new, this_process("swap", TTL), floor=7, pause=lambda _: None)
            sign_stack_records(after, before.record_key, servers.link)
        if isinstance(lock, Lock):
            lock.check()
    stored = new.get(CURRENT)
    assert stored is not None
    assert stored.genuine
    with acquire(new, this_process("swap", TTL), floor=7, pause=lambda _: None) as swap:
        assert swap.token == (10 if remembered else 9)
