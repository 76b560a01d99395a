"""Two operators of one live stack: never two swaps at a time, whatever became of one of them."""

import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from operate.history.history import CURRENT, PREFIX
from operate.lock.lock import acquire, holder_of
from operate.lock.process import this_process
from operate.store.object_store import ObjectStore
from operate.store.signed_store import SignedStore
from operate.store.swift_store import SwiftStore
from operate.swap.facts import facts_from
from tests.cloud.door_load import Load
from tests.cloud.waiting import until
from tests.e2e.conftest import Registry
from tests.e2e.operated import Operated, operated_by_copy
from tests.e2e.quick_swap import QUICK

pytestmark = pytest.mark.expected_seconds(160)

TWO, ONE = ("--to", "2", "--set", "memory=640", *QUICK), ("--to", "1", *QUICK)
HELD = 4
AT_THE_DOOR, AT_ITS_END = 22, 35
"""Boundaries (killed_operator.py): right before the doors are told, and before the last step is on record."""


@pytest.fixture(scope="module")
def operated(registry: Registry) -> Iterator[Operated]:
    """The tests' registry with red live, release 1; as it was when the module ends."""
    made = operated_by_copy(registry)
    with Load(made.client(), "/", workers=2, pause=0.2) as load:
        try:
            yield made
        finally:
            if made.seen().swap:
                made.run("rollback")
            if made.seen().colour != "red":
                made.run("rollback", "--colour", "red")
    registry.restore()
    made.stack_file.unlink()
    assert load.failures == []


@pytest.fixture
def store(operated: Operated) -> SignedStore:
    facts = facts_from("local", operated.registry.outputs()["operate"])
    assert facts.swift is not None
    return SignedStore(SwiftStore(facts.swift), facts.record_key)


def told(process: "subprocess.Popen[str]", wanted: str) -> str:
    """Read what an operator tells until it has told that."""
    assert process.stderr is not None
    said = ""
    for line in process.stderr:
        said += line
        if wanted in line:
            return said
    raise AssertionError(f"never told {wanted!r}: {said}")


def at_rest(operated: Operated, colour: str) -> None:
    seen = operated.seen()
    assert (seen.colour, seen.lock, seen.swap) == (colour, None, None)


def test_of_two_swaps_at_the_same_moment_one_works(operated: Operated) -> None:
    both = [operated.start("swap", *TWO) for _ in range(2)]
    said = [process.communicate(timeout=600)[1] for process in both]
    codes = [process.returncode for process in both]
    assert sorted(codes) == [0, HELD], said
    assert re.search("locked by|took lock", said[codes.index(HELD)])
    at_rest(operated, "black")


@pytest.mark.runbook("stuck-lock", "2")
def test_a_lock_that_a_dead_operator_of_this_machine_left_is_free_at_once(operated: Operated) -> None:
    dead = operated.start("swap", *ONE)
    number = re.search(r"lock ok: number (\d+)", told(dead, "lock ok"))
    dead.kill()
    dead.communicate()
    done = operated.run("swap", *ONE)
    assert done.returncode == 0, done.stderr
    assert number
    assert f"lock ok: number {int(number[1]) + 1}" in done.stderr
    at_rest(operated, "red")


@pytest.mark.runbook("stuck-lock", "1")
def test_a_lock_that_a_dead_operator_left_elsewhere_is_free_after_its_time(
    operated: Operated, store: ObjectStore
) -> None:
    there = replace(this_process("swap --to 9", 60.0), owner="ann@elsewhere", place="elsewhere", pid=1)
    left = acquire(store, there)
    left._ended.set()  # its heart stops, and it is not given back
    left._heart.join()
    refused = operated.run("swap", *TWO)
    assert refused.returncode == HELD, refused.stderr
    assert "locked by ann@elsewhere (pid 1)" in refused.stderr
    until(lambda: holder_of(store) is None, "the lock is free by Swift's clock", 120)
    done = operated.run("swap", *TWO)
    assert done.returncode == 0, done.stderr
    at_rest(operated, "black")
    assert operated.run("rollback").returncode == 0
    at_rest(operated, "red")


@pytest.mark.parametrize("boundary", [AT_THE_DOOR, AT_ITS_END])
def test_an_operator_that_wakes_up_late_never_acts(
    operated: Operated, store: ObjectStore, boundary: int
) -> None:
    late = operated.start("swap", *TWO, extra=("--at", str(boundary), "--stop", "--ttl", "6"))
    until(lambda: _is_stopped(late.pid), "it has stopped", 300)
    until(lambda: holder_of(store) is None, "its lock is free by Swift's clock", 60)
    undone = operated.run("rollback")
    assert undone.returncode == 0, undone.stderr
    before = operated.seen()
    os.kill(late.pid, signal.SIGCONT)
    _, said = late.communicate(timeout=120)
    assert late.returncode == 1, said
    assert re.search(r"another operator has acted since|lock \d+ is lost", said)
    assert operated.seen() == before
    at_rest(operated, "red")


def test_an_operator_whose_clock_has_stopped_is_one_like_any_other(operated: Operated) -> None:
    """Nothing that guards depends on it; what is measured by it alone, a bake, would have no end."""
    stopped = operated.start("swap", *TWO, "--bake", "0", extra=("--clock", "stopped"))
    told(stopped, "lock ok")
    assert operated.run("swap", *TWO).returncode == HELD
    _, said = stopped.communicate(timeout=600)
    assert stopped.returncode == 0, said
    at_rest(operated, "black")
    back = operated.run("rollback")
    assert back.returncode == 0, back.stderr
    at_rest(operated, "red")


def test_an_old_swap_that_a_registry_brings_back_is_ignored(operated: Operated, store: SignedStore) -> None:
    dead = operated.start("swap", *TWO)
    told(dead, "preview ok")
    dead.kill()
    dead.communicate()
    container = store._inner
    old = container.get(CURRENT)
    assert old is not None
    assert operated.run("rollback").returncode == 0
    at_rest(operated, "red")
    container.put(CURRENT, old.content)
    shown = operated.follow("changed-records", "2", position=1)
    assert "somebody brought an old record back" in " ".join(shown.stdout.split())
    assert operated.follow("changed-records", "2").returncode == 0
    done = operated.run("swap", "--to", "3", *QUICK)
    assert done.returncode == 0, done.stderr
    assert "operate/swap/current.json is ignored" in done.stderr
    after = operated.follow("changed-records", "4", "--json")
    assert json.loads(after.stdout)["live"] == "black"
    at_rest(operated, "black")
    assert operated.run("rollback").returncode == 0
    at_rest(operated, "red")


def test_records_that_a_registry_takes_away_are_missed(operated: Operated, store: SignedStore) -> None:
    done = operated.run("swap", *TWO)
    assert done.returncode == 0, done.stderr
    (entry,) = json.loads(operated.run("history", "-n", "1", "--json").stdout)
    store.delete(f"{PREFIX}{entry['id']}.json")
    refused = operated.run("rollback")
    assert refused.returncode == 1
    assert "records are missing" in refused.stderr
    assert "`operate rollback --colour red`" in refused.stderr
    back = operated.follow("changed-records", "5", COLOUR="red")
    assert back.returncode == 0, back.stderr
    at_rest(operated, "red")
    assert "records are missing" not in operated.run("status").stdout


def _is_stopped(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
