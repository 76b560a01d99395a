"""A recovery excludes other operators wherever a lock can still be held, whatever is lost."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from operate.lock.holder import TTL
from operate.lock.lock import HeldError, Lock, acquire
from operate.lock.process import this_process
from operate.recover.recovery_lock import lock_server, recovery_lock
from operate.stack.facts import DoorFacts
from operate.store.object_store import StoreError, UnusableStoreError
from operate.store.stack_store import server_store
from operate.store.swift_store import SwiftStore
from tests.process.operate.recover.local_servers import FOLDERS, SWIFT, FailingConnection, LocalServers
from tests.unit.operate.recover.standby_facts import FAR, A, B


@pytest.mark.parametrize(
    ("unreachable", "expected"),
    [
        ((), A),
        (("dal05-a",), FAR),
        (("dal05-a", "ams01-a"), B),
        (("dal05-a", "ams01-a", "dal05-b"), None),
    ],
)
def test_the_first_server_that_answers_keeps_the_lock(
    tmp_path: Path, unreachable: tuple[str, ...], expected: DoorFacts | None
) -> None:
    assert lock_server(FOLDERS, LocalServers(tmp_path, set(unreachable)), 1.0) == expected


def test_two_recoveries_exclude_each_other_though_the_lock_s_server_is_lost(tmp_path: Path) -> None:
    servers, lines = LocalServers(tmp_path, {"dal05-a"}), list[str]()
    with (
        recovery_lock(FOLDERS, "recover", lines.append, servers.link),
        pytest.raises(HeldError, match="'recover'"),
        recovery_lock(FOLDERS, "recover --on", lines.append, servers.link),
    ):
        pass
    assert lines[0] == "the lock is on ams01-a, since dal05-a does not answer"
    with recovery_lock(FOLDERS, "recover", lines.append, servers.link):
        pass


def test_it_is_the_lock_of_a_swap(tmp_path: Path) -> None:
    servers = LocalServers(tmp_path)
    store = server_store(FOLDERS, servers.link, FOLDERS.store_door)
    swap = acquire(store, this_process("swap", TTL))
    with (
        swap,
        pytest.raises(HeldError, match="'swap'"),
        recovery_lock(FOLDERS, "recover", lambda _: None, servers.link),
    ):
        pass


@pytest.mark.parametrize(
    ("fences", "expected"),
    [
        ({"dal05-a": 16, "ams01-a": 16}, 17),
        ({"dal05-a": 6, "ams01-a": 16}, 17),
        ({"dal05-a": 16}, 17),
        ({}, 6),
    ],
    ids=["all answer", "one was away", "one is lost", "none answers"],
)
def test_its_number_is_above_what_front_doors_remember(
    fences: dict[str, int], expected: int, tmp_path: Path
) -> None:
    """A door answers for a server that keeps the lock as well; foreign locks take no number away."""
    servers = LocalServers(tmp_path, fences=fences)
    stranger = server_store(replace(FOLDERS, record_key="s" * 64), servers.link, FOLDERS.store_door)
    foreign = replace(this_process("swap", TTL), released=True)
    for number in (1, 3, 5):
        stranger.put(f"operate/lock/{number:012d}", foreign.to_json())
        file = tmp_path / "dal05-a" / f"operate/lock/{number:012d}"
        os.utime(file, (0, 0))
    with recovery_lock(FOLDERS, "recover", lambda _: None, servers.link) as lock:
        assert isinstance(lock, Lock)
        assert lock.token == expected
        lock.check()
        store = server_store(FOLDERS, servers.link, FOLDERS.store_door)
        with pytest.raises(HeldError, match="'recover'"):
            acquire(store, this_process("swap", TTL), floor=max([6, *fences.values()]))
        lock.check()


def test_without_any_server_the_missing_lock_is_reported(tmp_path: Path) -> None:
    servers, lines = LocalServers(tmp_path, {"dal05-a", "ams01-a", "dal05-b"}), list[str]()
    with recovery_lock(FOLDERS, "recover", lines.append, servers.link):
        pass
    (line,) = lines
    assert line.startswith("no lock: no server answers")


@pytest.mark.parametrize(("status", "unusable"), [(401, True), (404, True), (403, False), (503, False)])
def test_a_rotated_key_or_a_container_that_is_gone_stops_no_recovery(
    status: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, unusable: bool
) -> None:
    monkeypatch.setattr(
        "operate.store.swift_connections.SwiftConnections.connection", lambda _: FailingConnection(status)
    )
    monkeypatch.setattr("operate.store.swift_store._PAUSE", 0.0)
    with pytest.raises(UnusableStoreError if unusable else StoreError) as raised:
        SwiftStore(SWIFT).names("operate/")
    assert isinstance(raised.value, UnusableStoreError) is unusable
    assert ("`operate rotate swift-key ENV`" in str(raised.value)) is (status == 401)
    lines = list[str]()
    lock = recovery_lock(replace(FOLDERS, swift=SWIFT), "recover", lines.append, LocalServers(tmp_path).link)
    if unusable:
        with lock:
            pass
        assert lines[0].startswith("no lock: container docker")
    else:
        with pytest.raises(StoreError), lock:
            pass
