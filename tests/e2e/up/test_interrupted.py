"""`make up`, ended in the middle by Ctrl-C, then by kill -9: the next run goes on, no order is doubled."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import SoftLayer

from dev.local.environment import CHECKOUT, Environment, LocalError
from harness.cloud.machine_host import left_on_host
from harness.stack.account import billed
from harness.stack.live_stack import local

pytestmark = pytest.mark.expected_seconds(35)

LIMIT_SECONDS = 300


def started(state: Path, output: int = subprocess.PIPE) -> "subprocess.Popen[str]":
    """`make up` in a process group of its own, as a terminal would have it."""
    return subprocess.Popen(
        [sys.executable, "-m", "dev.local", "up", "--state", str(state), "--port", "0"],
        cwd=CHECKOUT,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def await_that(condition: Callable[[], bool], running: "subprocess.Popen[str]") -> None:
    until = time.monotonic() + LIMIT_SECONDS
    while not condition():
        assert running.poll() is None, running.communicate()[0]
        assert time.monotonic() < until
        time.sleep(0.05)


def ordered(environment: Environment) -> int:
    try:
        return len(billed(environment)["guests"])
    except (LocalError, SoftLayer.SoftLayerError):  # the cloud is not up yet
        return 0


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    return Environment(tmp_path / "state", cloud_port=0)


def test_the_next_run_goes_on(environment: Environment) -> None:
    state = environment.state
    try:
        first = started(state)
        await_that(lambda: ordered(environment) > 0, first)
        os.killpg(first.pid, signal.SIGINT)
        printed, _ = first.communicate(timeout=LIMIT_SECONDS)
        assert first.returncode == 130, printed
        assert printed.splitlines()[-1] == "local: interrupted; run it again to go on"

        second = started(state, subprocess.DEVNULL)
        await_that(lambda: any(environment.backend.rglob("locks/**/*.json")), second)
        second.kill()
        second.wait()

        third = local("up", state=state)
        assert third.returncode == 0, third.stdout
        assert "waiting for the Pulumi of a run that was killed" in third.stdout, (
            "its Pulumi lives on and must be waited for"
        )
        assert len(billed(environment)["guests"]) == 2
    finally:
        ended = local("down", state=state)
    assert ended.returncode == 0, ended.stdout
    assert left_on_host(environment.cloud) == []
