"""Objects in a folder of a server, by the real script: a connection that breaks, and a run that was ended."""

import os
import subprocess
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from operate.lock.lock import HeldError, acquire
from operate.lock.process import this_process
from operate.store.folder_store import FolderStore
from operate.store.object_store import StoreError


@dataclass
class LocalShell:
    """Runs scripts here, as a server does.

    Attributes:
        home: of the server.
        arrives: bytes of the content that arrive before the connection breaks; None for all.
    """

    home: Path
    arrives: int | None = None

    def run(self, script: Path, *arguments: str, stdin_payload: bytes = b"") -> tuple[int, bytes, str]:
        done = subprocess.run(
            ["bash", "-s", "--", *arguments],
            input=script.read_bytes() + stdin_payload[: self.arrives],
            env={
                "PATH": f"{self.home}:{os.environ['PATH']}",
                "HOME": str(self.home),
                "REGISTRY_OPERATE": str(self.home / "store"),
            },
            capture_output=True, check=False, timeout=60,
        )  # fmt: skip
        return done.returncode, done.stdout, done.stderr.decode()


@pytest.fixture
def shell(tmp_path: Path) -> LocalShell:
    return LocalShell(tmp_path)


@pytest.mark.parametrize("arrives", [0, 3])
def test_what_a_broken_connection_cuts_off_replaces_nothing(shell: LocalShell, arrives: int) -> None:
    """The server sees no more than the end of its input; a record or a lock that is cut off is lost."""
    store = FolderStore(shell)
    store.put("operate/current", b"before")
    shell.arrives = arrives
    with pytest.raises(StoreError, match="the connection broke"):
        store.put("operate/current", b"afterwards")
    with pytest.raises(StoreError, match="the connection broke"):
        store.create("operate/lock/000000000001", b"holder")
    shell.arrives = None
    stored = store.get("operate/current")
    assert stored is not None
    assert stored.content == b"before"
    assert store.names("operate/") == ["operate/current"]
    assert store.create("operate/lock/000000000001", b"holder")


def set_clock(shell: LocalShell, seconds: int) -> None:
    """Set the server's clock, in seconds since the epoch, and stop it."""
    date = shell.home / "date"
    date.write_text(f"#!/bin/sh\necho {seconds}\n")
    date.chmod(0o755)


def test_the_time_is_the_server_s(shell: LocalShell) -> None:
    """Where an overlap ends by it, no operator's clock counts."""
    set_clock(shell, 1_764_603_000)
    assert FolderStore(shell).now() == datetime(2025, 12, 1, 15, 30, tzinfo=UTC)


def test_a_dead_operator_s_lock_expires_although_the_server_s_clock_went_back(shell: LocalShell) -> None:
    """What was written in the future counts from when somebody first asks for it."""
    store, past = FolderStore(shell), int(time.time()) - 86_400
    dead = replace(this_process("swap", 60.0), place="elsewhere", pid=1)
    store.put("operate/lock/000000000001", dead.to_json())
    set_clock(shell, past)
    with pytest.raises(HeldError):
        acquire(store, this_process("swap", 60.0), pause=lambda _: None)
    set_clock(shell, past + 30)
    stored = store.get("operate/lock/000000000001")
    assert stored is not None
    assert stored.age == 30
    set_clock(shell, past + 61)
    with acquire(store, this_process("swap", 60.0), pause=lambda _: None) as lock:
        assert lock.token == 2


def test_an_object_without_content_is_one(shell: LocalShell) -> None:
    store = FolderStore(shell)
    store.put("operate/empty", b"")
    stored = store.get("operate/empty")
    assert stored is not None
    assert stored.content == b""


def test_what_ended_runs_have_left_is_deleted(shell: LocalShell) -> None:
    """Else a disk that is full stays so."""
    store = FolderStore(shell)
    store.put("operate/a", b"a")
    (shell.home / "store" / ".new.abcdef").write_text("a part")
    store.put("operate/b", b"b")
    assert [file.name for file in (shell.home / "store").glob(".new.*")] == []


def test_an_object_is_on_the_disk_before_it_is_listed(shell: LocalShell) -> None:
    log = shell.home / "synced"
    program = shell.home / "sync"
    program.write_text(f'#!/usr/bin/env bash\nprintf "%s\\n" "$@" >>{log}\n')
    program.chmod(0o755)
    FolderStore(shell).put("operate/a", b"a")
    content, folder = log.read_text().splitlines()
    assert content.startswith(str(shell.home / "store" / ".new."))
    assert folder == str(shell.home / "store" / "operate")
