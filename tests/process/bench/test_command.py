"""A bench that is ended by a signal stops what it has started."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from dev.local.environment import CHECKOUT

_BENCH = """
import sys, tempfile, threading
from bench.command import run_command

def main():
    with tempfile.TemporaryDirectory(dir=sys.argv[1]):
        print("begun", flush=True)
        if len(sys.argv) < 3:
            threading.Event().wait(60)
    return int(sys.argv[2])

run_command(main)
"""


def _bench(*arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", _BENCH, *arguments], cwd=CHECKOUT, stdout=subprocess.PIPE, text=True
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_with_nothing_left(number: signal.Signals, tmp_path: Path) -> None:
    with _bench(str(tmp_path)) as bench:
        assert bench.stdout is not None
        assert bench.stdout.readline() == "begun\n"
        assert list(tmp_path.iterdir()) != []
        bench.send_signal(number)
        assert bench.wait(30) == 128 + number
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("code", [0, 1])
def test_its_exit_code_is_the_bench_s(code: int, tmp_path: Path) -> None:
    with _bench(str(tmp_path), str(code)) as bench:
        assert bench.wait(30) == code
