"""Clouds that tests started end when the tests are killed or interrupted."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dev.local.environment import CHECKOUT
from harness.cloud.machine_host import left_on_host

_PATIENCE_SECONDS = 300
CONFTEST = "from tests.conftest import pytest_configure, pytest_sessionstart\n"
TESTS = """\
import time
from pathlib import Path

from cloud.machines.local_machines import LocalMachines
from cloud.swift.local_object_storage import LocalObjectStorage
from dev.images.machine import machine_image
from tests.cloud.command_line.cloud_command import CloudCommand

def test_that_takes_long(tmp_path):
    command = CloudCommand(tmp_path / "command" / "cloud")
    command.must("up", "--port", "0")
    machines = LocalMachines(tmp_path / "own", machine_image())
    machines.up()
    LocalObjectStorage(tmp_path / "own", machines.gateway).create_account("dal05", "SLOS1-1", "SL1")
    Path(FOLDER, "ready").write_text(str(tmp_path))
    time.sleep(600)
"""


def await_clouds(folder: Path, controller: "subprocess.Popen[bytes]") -> Path:
    """Wait until the test has started its clouds, and return its folder."""
    ready, end = folder / "ready", time.monotonic() + _PATIENCE_SECONDS
    while not ready.exists() or not ready.read_text():
        assert controller.poll() is None, (folder / "output").read_text()
        assert time.monotonic() < end, (folder / "output").read_text()
        time.sleep(0.1)
    return Path(ready.read_text())


@pytest.mark.expected_seconds(40)
@pytest.mark.parametrize("signal_number", [signal.SIGKILL, signal.SIGINT])
def test_nothing_is_left_of_clouds(signal_number: signal.Signals, tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_long.py").write_text(TESTS.replace("FOLDER", repr(str(tmp_path))))
    words = ["-m", "pytest", "-n", "1", "--basetemp", str(tmp_path / "base"), str(tmp_path)]
    with (tmp_path / "output").open("w") as output:
        controller = subprocess.Popen(
            [sys.executable, *words],
            cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
            stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip
    try:
        test_folder = await_clouds(tmp_path, controller)
        states = [test_folder / "command" / "cloud", test_folder / "own"]
        assert all(left_on_host(state) for state in states)
        if signal_number == signal.SIGINT:
            os.killpg(controller.pid, signal_number)
        else:
            controller.kill()
        controller.wait(60)
    finally:
        controller.kill()
    end = time.monotonic() + _PATIENCE_SECONDS
    while states[0].exists() or any(left_on_host(state) for state in states):
        assert time.monotonic() < end, [line for state in states for line in left_on_host(state)]
        time.sleep(0.5)
