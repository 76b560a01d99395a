"""Records of a stack with a new root secret, in a folder of a server: signed under a lock that others see."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from operate.adopt.kept_records import (
    continue_lock,
    hold_lock,
    sign_stack_records,
)
from operate.history.history import CURRENT
from operate.lock.holder import TTL
from operate.lock.lock import HeldError, Lock, acquire
from operate.lock.numbers import FOREIGN_LIMIT
from operate.lock.process import this_process
from operate.store.object_store import StoreError
from operate.store.stack_store import server_store
from tests.process.operate.recover.local_servers import FOLDERS, SWIFT, FailingConnection, LocalServers


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
