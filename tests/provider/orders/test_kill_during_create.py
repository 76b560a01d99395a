"""kill -9 of the CLI or the provider at any moment of a create: exactly one server ordered, ever."""

import contextlib
import os
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from harness.cloud.running_api import RunningApi, serve
from tests.provider.stack import GUEST, Stack, engine_path
from tests.support.campaign import Campaign

pytestmark = pytest.mark.expected_seconds(60)

KILLS = Campaign("killed-creates", full=24, sample=12)
AT_ONCE = 2
SLOW_ORDER = 0.6
"""Seconds that the answer to every third order takes: the kill falls into it, however slow the machine is."""
KIND = "softlayer:index:VirtualGuest"


@dataclass(frozen=True)
class Round:
    """One kill.

    Attributes:
        number: which.
        seconds: after the start of `pulumi up`; None for the moment at which the order was placed.
        cli: whether the CLI is killed; the provider otherwise.
    """

    number: int
    seconds: float | None
    cli: bool


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApi]:
    with serve(tmp_path_factory.mktemp("killed") / "cloud") as api:
        yield api


def started_by(cli: int) -> list[psutil.Process]:
    """Every process that a running CLI has started."""
    try:
        return psutil.Process(cli).children(recursive=True)
    except psutil.Error:
        return []


def plugins(processes: list[psutil.Process]) -> list[psutil.Process]:
    """The softlayer plugins among processes."""
    servers = []
    for process in processes:
        with contextlib.suppress(psutil.Error):
            if process.cmdline()[1:3] == ["-m", "provider"]:
                servers.append(process)
    return servers


def end(processes: list[psutil.Process]) -> None:
    """End what a killed CLI leaves: its language host looks for it once in five minutes only."""
    for process in processes:
        with contextlib.suppress(psutil.Error):
            process.kill()


def servers(cloud: RunningApi, stack: Stack) -> list[str]:
    """The ids of the servers ordered for a stack."""
    records = cloud.client().call("Account", "getVirtualGuests", mask="mask[id,hostname]")
    return [
        str(guest["id"]) for guest in records if guest["hostname"].startswith(f"{stack.guest['hostname']}-")
    ]


def await_order(cloud: RunningApi, stack: Stack, cli: "subprocess.Popen[str]") -> None:
    """Wait until the server of a stack is ordered, or its `up` has ended."""
    while cli.poll() is None and not servers(cloud, stack):
        time.sleep(0.02)


def usual_seconds(cloud: RunningApi, engine: str, folder: Path) -> float:
    """How long an undisturbed `up` takes here, measured once every cache is warm."""
    seconds = 0.0
    for name in ("cold", "warm"):
        stack = Stack(folder, name, cloud, engine, {**GUEST, "hostname": name})
        stack.create()
        started = time.monotonic()
        stack.up()
        seconds = time.monotonic() - started
    return seconds


def play(kill_round: Round, cloud: RunningApi, engine: str, folder: Path) -> str:
    """Kill, run again, and check; returns where the kill fell."""
    stack = Stack(
        folder, f"s{kill_round.number}", cloud, engine, {**GUEST, "hostname": f"web{kill_round.number}"}
    )
    stack.create()
    if kill_round.seconds is None:
        cloud.plan_fault("SoftLayer_Virtual_Guest::createObject", "timeout_after_accept", seconds=SLOW_ORDER)
    cli = stack.start("up", "--yes", "--skip-preview", "--stack", stack.name)
    if kill_round.seconds is None:
        await_order(cloud, stack, cli)
    else:
        time.sleep(kill_round.seconds)
    started = started_by(cli.pid)
    running = plugins(started)
    victims = [cli.pid] if kill_round.cli or not running else [process.pid for process in running]
    for pid in victims:
        if psutil.pid_exists(pid):
            os.kill(pid, signal.SIGKILL)
    cli.communicate(timeout=60)
    assert not psutil.wait_procs(running, timeout=5)[1], "a provider outlived its engine"
    end(started)

    recorded = KIND in stack.recorded()
    fell = "recorded" if recorded else "ordered" if servers(cloud, stack) else "before"
    if stack.locked:
        stack.run("cancel", "--yes", "--stack", stack.name)
    stack.up()
    (server,) = servers(cloud, stack)
    state = stack.recorded()[KIND]
    assert state["id"] == server
    assert not state.get("initErrors")
    return fell


def test_one_server_is_ordered_whenever_it_is_killed(cloud: RunningApi, tmp_path: Path) -> None:
    engine = engine_path()
    usual = usual_seconds(cloud, engine, tmp_path / "usual")
    before = cloud.orders_placed()
    dice = random.Random(KILLS.seed)  # noqa: S311 - repeatable
    count = KILLS.size
    # Every third falls between order and answer. The others are spread evenly from the program's start to a
    # little past the end of a usual run; two rounds at once take longer than one.
    kill_seconds = [usual * (0.25 + 1.1 * (number + dice.random()) / count) for number in range(count)]
    rounds = [
        Round(number, seconds if number % 3 else None, dice.random() < 0.5)
        for number, seconds in enumerate(kill_seconds)
    ]
    dice.shuffle(rounds)
    with ThreadPoolExecutor(AT_ONCE) as lanes:
        fates = [
            lanes.submit(play, kill_round, cloud, engine, tmp_path / f"round{kill_round.number}")
            for kill_round in rounds
        ]
    fell = Counter(fate.result() for fate in fates)
    assert cloud.orders_placed() - before == count
    assert sum(fell.values()) == count
    assert fell["before"] >= 1, f"no kill fell before an order: {fell}"
    assert fell["ordered"] >= count // 8, f"hardly a kill fell between order and state: {fell}"
    print(f"kills fell: {dict(fell)}; a usual up takes {usual:.1f} s")
