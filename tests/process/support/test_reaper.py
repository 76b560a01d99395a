"""What a pytest process started ends with it, however it ends."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from dev.local.environment import CHECKOUT
from tests.support.reaper import marked_processes

PYTEST_PROCESS = """\
import os, subprocess, sys, time
from pathlib import Path
from tests.support.reaper import MARK, start_reaper

start_reaper(Path(sys.argv[1]))
child = "import subprocess, time; subprocess.Popen(['sleep', '600'], start_new_session=True); time.sleep(600)"
subprocess.Popen([sys.executable, "-c", child], start_new_session=True)
print(os.environ[MARK], flush=True)
time.sleep(600)
"""


def await_processes(mark: str, number: int) -> None:
    """Wait until so many processes carry a mark."""
    end = time.monotonic() + 30
    while len(processes := marked_processes(mark)) != number:
        assert time.monotonic() < end, f"{len(processes)} instead of {number} processes"
        time.sleep(0.02)


@pytest.mark.parametrize("signal_number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_processes_in_other_sessions_end_with_the_pytest_process(
    signal_number: signal.Signals, tmp_path: Path
) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", PYTEST_PROCESS, str(tmp_path)],
        cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    assert owner.stdout is not None
    with owner.stdout:
        mark = owner.stdout.readline().strip()
    await_processes(mark, 2)
    (reaper,) = [
        process
        for process in psutil.Process(owner.pid).children()
        if "tests.support.reaper" in process.cmdline()
    ]
    owner.send_signal(signal_number)
    owner.wait(30)
    await_processes(mark, 0)
    reaper.wait(30)
    assert (tmp_path / "reaper.log").read_text() == ""
