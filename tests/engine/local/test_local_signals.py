"""A signal that ends `python -m dev.local` ends what it runs in order, then itself with one line."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dev.local.environment import CHECKOUT

WORKS = """
import sys, time
from pathlib import Path
folder = Path(sys.argv[1])
try:
    (folder / "started").touch()
    time.sleep(60)
except KeyboardInterrupt:
    with (folder / "ended").open("a") as ended:
        ended.write("in order\\n")
"""
"""Stands for a campaign, which takes an hour."""

PROGRAM = """
import runpy, sys
from dev.local.testing import soak

soak.CAMPAIGNS["works"] = soak.CampaignCommand("", lambda *_: [sys.executable, "-c", WORKS, FOLDER])
from dev.local import command_line
command_line.make_ready = command_line.fill_cache = lambda *_: None
sys.argv = ["local", "soak", "works"]
runpy.run_module("dev.local", run_name="__main__")
"""
ENDS = {
    signal.SIGINT: (130, "interrupted"),
    signal.SIGTERM: (143, "ended by SIGTERM"),
    signal.SIGHUP: (129, "ended by SIGHUP"),
}


@pytest.mark.parametrize("whole_group", [False, True], ids=["process", "terminal"])
@pytest.mark.parametrize("number", ENDS, ids=lambda number: number.name)
def test_what_runs_ends_in_order(number: signal.Signals, *, whole_group: bool, tmp_path: Path) -> None:
    # As a shell starts what runs in the background, with SIGINT ignored; `nohup` ignores SIGHUP.
    begin = (
        "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "signal.signal(signal.SIGHUP, signal.SIG_DFL)\n"
    )
    program = PROGRAM.replace("WORKS", repr(WORKS)).replace("FOLDER", repr(str(tmp_path)))
    with subprocess.Popen(
        [sys.executable, "-c", begin + program], cwd=CHECKOUT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    ) as process:  # fmt: skip
        end = time.monotonic() + 60
        while not (tmp_path / "started").exists():
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < end
            time.sleep(0.02)
        (os.killpg if whole_group else os.kill)(process.pid, number)
        _, errors = process.communicate(timeout=60)
    code, words = ENDS[number]
    assert process.returncode == code, errors
    assert f"local: {words}; run it again to go on" in errors
    assert (tmp_path / "ended").read_text() == "in order\n"
