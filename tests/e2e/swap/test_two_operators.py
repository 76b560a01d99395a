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

from harness.clients.registry_client import BackgroundLoad
from harness.stack.live_stack import LiveRegistry
from harness.stack.operated import Operated, operated_by_copy
from harness.stack.quick_swap import QUICK
from harness.waiting import until
from operate.history.history import CURRENT, PREFIX
from operate.lock.lock import acquire, find_holder
from operate.lock.process import this_process
from operate.stack.facts_output import parse_facts
from operate.store.object_store import ObjectStore
from operate.store.signed_store import SignedStore
from operate.store.swift_store import SwiftStore
from tests.support.campaign import Campaign

pytestmark = pytest.mark.expected_seconds(160)

TO_TWO, TO_ONE = ("--to", "2", "--set", "memory=640", *QUICK), ("--to", "1", *QUICK)
LOCKED_CODE = 4
CAMPAIGN = Campaign("late-operators", full=2, sample=1)
AT_THE_DOOR, AT_ITS_END = 24, 37
"""Boundaries (killed_operator.py): right before the doors switch, and before the last step is on record."""


@pytest.fixture(scope="module")
def operated(registry: LiveRegistry) -> Iterator[Operated]:
    """The tests' registry with red live, release 1; as it was when the module ends."""
    operated_stack = operated_by_copy(registry)
    with BackgroundLoad(operated_stack.client(), "/", workers=2, pause=0.2) as load:
        try:
            yield operated_stack
        finally:
            if operated_stack.state().swap:
                operated_stack.run("rollback")
            if operated_stack.state().colour != "red":
                operated_stack.run("rollback", "--colour", "red")
    registry.restore()
    operated_stack.stack_file.unlink()
    assert load.failures == []


@pytest.fixture
def store(operated: Operated) -> SignedStore:
    facts = parse_facts("local", operated.registry.outputs()["operate"])
    assert facts.swift is not None
    return SignedStore(SwiftStore(facts.swift), facts.record_key)


def read_until(process: "subprocess.Popen[str]", text: str) -> str:
    """Read an operator's output until it contains a text."""
    assert process.stderr is not None
    output = ""
    for line in process.stderr:
        output += line
        if text in line:
            return output
    raise AssertionError(f"{text!r} must be in the output, got {output}")


def at_rest(operated: Operated, colour: str) -> None:
    state = operated.state()
    assert (state.colour, state.lock, state.swap) == (colour, None, None)


def test_of_two_swaps_at_the_same_moment_one_works(operated: Operated) -> None:
    both = [operated.start("swap", *TO_TWO) for _ in range(2)]
    outputs = [process.communicate(timeout=600)[1] for process in both]
    codes = [process.returncode for process in both]
    assert sorted(codes) == [0, LOCKED_CODE], outputs
    assert re.search("locked by|took lock", outputs[codes.index(LOCKED_CODE)])
    at_rest(operated, "black")


@pytest.mark.runbook("stuck-lock", "2")
def test_a_lock_that_a_dead_operator_of_this_machine_left_is_free_at_once(operated: Operated) -> None:
    dead = operated.start("swap", *TO_ONE)
    number = re.search(r"lock ok: lock (\d+) is held", read_until(dead, "lock ok"))
    dead.kill()
    dead.communicate()
    done = operated.run("swap", *TO_ONE)
    assert done.returncode == 0, done.stderr
    assert number
    assert f"lock ok: lock {int(number[1]) + 1} is held" in done.stderr
    at_rest(operated, "red")


@pytest.mark.runbook("stuck-lock", "1")
def test_a_lock_that_a_dead_operator_left_elsewhere_is_free_after_its_time(
    operated: Operated, store: ObjectStore
) -> None:
    elsewhere = replace(this_process("swap --to 9", 60.0), owner="ann@elsewhere", place="elsewhere", pid=1)
    stale_lock = acquire(store, elsewhere)
    stale_lock._ended.set()  # its heart stops, and it is not given back
    stale_lock._heart.join()
    refused = operated.run("swap", *TO_TWO)
    assert refused.returncode == LOCKED_CODE, refused.stderr
    assert "locked by ann@elsewhere (pid 1)" in refused.stderr
    until(lambda: find_holder(store) is None, "the lock is free by Swift's clock", 120)
    done = operated.run("swap", *TO_TWO)
    assert done.returncode == 0, done.stderr
    at_rest(operated, "black")
    assert operated.run("rollback").returncode == 0
    at_rest(operated, "red")


@pytest.mark.parametrize("boundary", CAMPAIGN.choose([AT_THE_DOOR, AT_ITS_END]))
def test_an_operator_that_wakes_up_late_never_acts(
    operated: Operated, store: ObjectStore, boundary: int
) -> None:
    late = operated.start("swap", *TO_TWO, extra=("--at", str(boundary), "--stop", "--ttl", "6"))
    until(lambda: _is_stopped(late.pid), "it has stopped", 300)
    until(lambda: find_holder(store) is None, "its lock is free by Swift's clock", 60)
    undone = operated.run("rollback")
    assert undone.returncode == 0, undone.stderr
    before = operated.state()
    os.kill(late.pid, signal.SIGCONT)
    _, output = late.communicate(timeout=120)
    assert late.returncode == 1, output
    assert re.search(r"another operator has acted since|lock \d+ is lost", output)
    assert operated.state() == before
    at_rest(operated, "red")


def test_an_operator_whose_clock_has_stopped_is_one_like_any_other(operated: Operated) -> None:
    """Nothing that guards depends on it; what is measured by it alone, a bake, would have no end."""
    stopped = operated.start("swap", *TO_TWO, "--bake", "0", extra=("--clock", "stopped"))
    read_until(stopped, "lock ok")
    assert operated.run("swap", *TO_TWO).returncode == LOCKED_CODE
    _, output = stopped.communicate(timeout=600)
    assert stopped.returncode == 0, output
    at_rest(operated, "black")
    back = operated.run("rollback")
    assert back.returncode == 0, back.stderr
    at_rest(operated, "red")


def test_an_old_swap_that_a_registry_brings_back_is_ignored(operated: Operated, store: SignedStore) -> None:
    dead = operated.start("swap", *TO_TWO)
    read_until(dead, "preview ok")
    dead.kill()
    dead.communicate()
    container = store._inner
    old = container.get(CURRENT)
    assert old is not None
    assert operated.run("rollback").returncode == 0
    at_rest(operated, "red")
    container.put(CURRENT, old.content)
    status = operated.follow("changed-records", "2", position=1)
    assert "somebody brought an old record back" in " ".join(status.stdout.split())
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
    done = operated.run("swap", *TO_TWO)
    assert done.returncode == 0, done.stderr
    (entry,) = json.loads(operated.run("history", "-n", "1", "--json").stdout)
    store.delete(f"{PREFIX}{entry['id']}.json")
    refused = operated.run("rollback")
    assert refused.returncode == 3
    assert "records are missing" in refused.stderr
    assert "--colour red` makes" in refused.stderr
    back = operated.follow("changed-records", "5", COLOUR="red")
    assert back.returncode == 0, back.stderr
    at_rest(operated, "red")
    assert "records are missing" not in operated.run("status").stdout


def _is_stopped(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
