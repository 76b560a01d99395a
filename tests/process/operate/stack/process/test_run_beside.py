"""What runs beside a command ends with it: Pulumi by an interrupt, and plugins where Pulumi is killed."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from harness.waiting import until
from operate.stack.process import interrupts

RUN_BESIDE = Path(interrupts.__file__).with_name("run_beside.py")
OPERATOR = """\
import os, subprocess, sys
subprocess.run([sys.executable, sys.argv[1], str(os.getpid()), *sys.argv[2:]])
"""
# Its plugin has a process group of its own, reads nothing, and ignores what it may.
ENGINE = """\
trap 'echo interrupted >>"$1/interrupts"; echo >"$1/done"; exit 0' INT
setsid sh -c 'trap "" INT TERM HUP; echo $$ >"$1/plugin"; while :; do sleep 1; done' plugin "$1" &
echo $$ >"$1/engine"
while :; do sleep 0.05; done
"""


def number(file: Path) -> int:
    """Return the process that a file names once it is there."""
    until(lambda: file.exists() and file.read_text().strip(), f"{file.name} runs", 20)
    return int(file.read_text())


def lives(process: int) -> bool:
    """Return whether a process runs; one that waits for its parent to notice its end does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@contextmanager
def operated(folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A command with an engine beside it, which has a plugin."""
    words = [sys.executable, "-c", OPERATOR, str(RUN_BESIDE), "sh", "-c", ENGINE, "engine", str(folder)]
    with subprocess.Popen(words) as operator:
        try:
            yield operator
        finally:
            operator.kill()
            for name in ("engine", "plugin"):
                with suppress(OSError, ValueError):
                    os.kill(int((folder / name).read_text()), signal.SIGKILL)


@pytest.mark.parametrize("with_operator", [True, False])
def test_a_plugin_ends_with_its_killed_engine(tmp_path: Path, *, with_operator: bool) -> None:
    """It stayed for minutes, in which the next `pulumi up` could make what it was making."""
    with operated(tmp_path) as operator:
        engine, plugin = (number(tmp_path / name) for name in ("engine", "plugin"))
        if with_operator:
            operator.kill()
        os.kill(engine, signal.SIGKILL)
        until(lambda: not lives(plugin), "the plugin ends", 20)
        operator.wait(20)


def test_an_engine_whose_operator_is_killed_is_interrupted_once(tmp_path: Path) -> None:
    with operated(tmp_path) as operator:
        engine = number(tmp_path / "engine")
        number(tmp_path / "plugin")
        operator.kill()
        until(lambda: not lives(engine), "the engine ends", 20)
        assert (tmp_path / "interrupts").read_text() == "interrupted\n"
        assert (tmp_path / "done").exists(), "it ended by itself"
