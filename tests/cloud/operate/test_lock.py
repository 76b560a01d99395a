"""Operate's lock in a real Swift: one operator at a time, a dead one never blocks, a late one never acts."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from swiftclient import Connection

from cloud.swift.local_object_storage import LocalObjectStorage
from harness.waiting import until
from operate.error import OperateError
from operate.history.history import History
from operate.lock.holder import Holder
from operate.lock.lock import HeldError, Lock, LostLockError, acquire, find_holder
from operate.lock.process import is_alive, this_process
from operate.record.record import Record
from operate.stack.facts import Colour, SwiftFacts
from operate.store.object_store import StoreError, UnusableStoreError
from operate.store.swift_store import SwiftStore


@pytest.fixture(scope="module")
def swift(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SwiftFacts]:
    storage = LocalObjectStorage(tmp_path_factory.mktemp("cloud"), None)
    try:
        account = storage.create_account("dal05", "SLOS1-1", "SL1")
        yield SwiftFacts(account.auth_url, account.username, account.key, "docker")
    finally:
        storage.stop()


@pytest.fixture
def store(swift: SwiftFacts, request: pytest.FixtureRequest) -> SwiftStore:
    container = f"docker-{abs(hash(request.node.name))}"
    Connection(swift.auth_url, swift.username, swift.key).put_container(container)
    return SwiftStore(replace(swift, container=container))


def elsewhere(name: str, ttl: float = 60.0) -> Holder:
    """An operator on another machine."""
    return replace(this_process(f"swap by {name}", ttl), owner=f"{name}@elsewhere", place=name, pid=1)


def abandon(lock: Lock) -> None:
    """End a lock's heartbeat without giving it back, as a SIGKILL does."""
    lock._ended.set()
    lock._heart.join()


def test_objects_are_created_once_written_listed_and_deleted(store: SwiftStore) -> None:
    assert store.get("operate/x") is None
    assert store.create("operate/x", b"one")
    assert store.create("operate/x", b"one"), "the same content is a repetition whose answer was lost"
    assert not store.create("operate/x", b"two")
    stored = store.get("operate/x")
    assert stored is not None
    assert stored.content == b"one"
    assert 0 <= stored.age < 5
    store.put("operate/x", b"two")
    store.put("operate/a", b"")
    store.put("operatf", b"")
    assert store.names("operate/") == ["operate/a", "operate/x"]
    store.delete("operate/x")
    store.delete("operate/x")
    assert store.names("operate/") == ["operate/a"]


def test_the_time_is_swift_s(store: SwiftStore) -> None:
    """An overlap of two secrets ends by it, whatever the operator's clock shows."""
    before = datetime.now(UTC) - timedelta(seconds=1)
    assert before <= store.now() <= datetime.now(UTC)


def test_no_time_is_had_of_a_container_that_is_missing(swift: SwiftFacts) -> None:
    with pytest.raises(UnusableStoreError, match="does not exist any more"):
        SwiftStore(replace(swift, container="missing")).now()


def test_of_many_operators_at_once_one_has_the_lock(store: SwiftStore) -> None:
    start = threading.Barrier(6)

    def acquire_lock(number: int) -> Lock | str:
        start.wait()
        try:
            return acquire(store, elsewhere(f"op{number}"))
        except HeldError as error:
            return str(error)

    with ThreadPoolExecutor(6) as pool:
        ended = list(pool.map(acquire_lock, range(6)))
    locks = [outcome for outcome in ended if isinstance(outcome, Lock)]
    assert len(locks) == 1
    assert all(
        "operator took lock" in outcome or "locked by op" in outcome
        for outcome in ended
        if isinstance(outcome, str)
    )
    with locks[0] as lock:
        lock.check()


def test_tokens_grow_and_the_second_operator_learns_the_holder(store: SwiftStore) -> None:
    with acquire(store, elsewhere("ann")) as first:
        with pytest.raises(
            HeldError, match=r"locked by ann@elsewhere \(pid 1\) since .* for 'swap by ann', heartbeat"
        ):
            acquire(store, elsewhere("bob"))
        holder = find_holder(store)
        assert holder is not None
        assert (holder[0].owner, holder[2]) == ("ann@elsewhere", first.token)
    assert find_holder(store) is None
    with acquire(store, elsewhere("bob"), floor=40) as second:
        assert second.token == 41
    with acquire(store, elsewhere("ann")) as third:
        assert third.token == 42
    assert len(store.names("operate/lock/")) == 3, "none of this day is missing"


def test_a_dead_operator_blocks_for_no_longer_than_the_time_to_live_by_swifts_clock(
    store: SwiftStore,
) -> None:
    dead = acquire(store, elsewhere("dead", ttl=3))
    abandon(dead)
    with pytest.raises(HeldError):
        acquire(store, elsewhere("next"))

    def acquired() -> Lock | None:
        try:
            return acquire(store, elsewhere("next"))
        except HeldError:
            return None

    lock = until(acquired, "the lock is free", 10)
    assert lock.token == dead.token + 1
    with pytest.raises(LostLockError):
        dead.check()
    with lock:
        lock.check()


def test_a_dead_operator_of_this_machine_does_not_block_at_all(store: SwiftStore) -> None:
    abandon(acquire(store, replace(this_process("swap", 60.0), started=1)))
    with acquire(store, this_process("swap", 60.0)) as lock:
        lock.check()


def test_a_heartbeat_keeps_it_longer_than_its_time_to_live(store: SwiftStore) -> None:
    ttl = 3.0
    with acquire(store, elsewhere("slow", ttl=ttl)) as lock:
        beats = set()

        def lasted() -> bool:
            stored = store.get(f"operate/lock/{lock.token:012d}")
            assert stored is not None
            beats.add(round(time.time() - stored.age))
            return len(beats) > 2 * ttl

        until(lasted, "heartbeats", 30)
        with pytest.raises(HeldError):
            acquire(store, elsewhere("other"))
        lock.check()


def test_a_late_operator_is_refused_and_gives_nothing_back(store: SwiftStore) -> None:
    late = acquire(store, elsewhere("late", ttl=1))
    abandon(late)
    until(lambda: find_holder(store) is None, "the lock is free", 10)
    with acquire(store, elsewhere("next")) as lock:
        with pytest.raises(LostLockError, match="nothing more is done"):
            late.check()
        late.__exit__(None, None, None)
        lock.check()
        holder = find_holder(store)
        assert holder is not None
        assert holder[0].owner == "next@elsewhere"


def test_a_stopped_clock_of_the_operator_makes_its_lock_no_longer(
    store: SwiftStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the operator's machine believes the time to be, Swift's clock decides."""
    stopped = acquire(store, elsewhere("stopped", ttl=2))
    abandon(stopped)
    frozen = time.time()
    monkeypatch.setattr(time, "time", lambda: frozen)
    monkeypatch.setattr(time, "monotonic", lambda: frozen)
    for _ in range(1000):
        if find_holder(store) is None:
            break
    assert find_holder(store) is None
    with pytest.raises(LostLockError, match="its last heartbeat is"):
        stopped.check()


def test_a_missing_container_is_an_error_with_its_name(swift: SwiftFacts) -> None:
    with pytest.raises(OperateError, match="container absent at"):
        acquire(SwiftStore(replace(swift, container="absent")), elsewhere("ann"))


def test_a_wrong_key_is_no_absent_lock(swift: SwiftFacts) -> None:
    """It may have been replaced in the portal, and the registries have to get the new one."""
    with pytest.raises(StoreError, match="`operate rotate swift-key ENV` brings it live") as refused:
        SwiftStore(replace(swift, key="wrong"), sleep=lambda _: None).get("operate/x")
    assert "wrong" not in str(refused.value)


def test_the_history_is_listed_with_its_last_entry_first(store: SwiftStore) -> None:
    kept = History(store)
    for number in range(1, 4):
        record = Record(f"{number:06d}", "swap", "ann@host", "", "now", Colour.RED, Colour.BLACK, "1", "2")
        kept.write(record)
        assert kept.current() == record
        kept.keep_report(record, "<html>")
        kept.enter(record)
        kept.clear()
    assert kept.current() is None
    assert [entry.id for entry in kept.entries(2)] == ["000003", "000002"]
    assert kept.latest().number == 3
    assert kept.report("000003") == "<html>"


def test_this_process_is_alive_and_one_that_ended_is_not() -> None:
    me = this_process("", 1.0)
    assert is_alive(me)
    assert not is_alive(replace(me, started=me.started + 1))
    assert not is_alive(replace(me, pid=2**22 + 1))
