"""Both processes of a registry's container: they end together, and what is under way is finished."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dev.local.environment import CHECKOUT
from harness.process_mark import mark

SCRIPT = CHECKOUT / "components" / "images" / "modern" / "registry-processes"
# Prints its memory, and drains for a moment when it is stopped; "dies" ends by itself.
STAND_IN = """\
#!/bin/sh
trap 'sleep 0.2; echo drained >"$2.drained"; exit 0' TERM
echo "$GOMEMLIMIT" >"$2.started"
while [ ! -e "$2.dies" ]; do sleep 0.05; done
exit 2
"""


def await_start(file: Path, heap: str) -> None:
    """Wait until a process has started, with its share of the memory."""
    end = time.monotonic() + 20
    while not file.exists() or file.read_text() != f"{heap}\n":
        assert time.monotonic() < end, f"{file.name} does not say {heap}"
        time.sleep(0.02)


@contextmanager
def running(folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Run the script with a registry that stands in; both processes have started."""
    program = folder / "registry"
    program.write_text(STAND_IN)
    program.chmod(0o755)
    configurations = [str(folder / name) for name in ("registry.yml", "pulls.yml")]
    process = subprocess.Popen(
        ["sh", str(SCRIPT), configurations[0], "500MiB", configurations[1], "400MiB"],
        env={"PATH": f"{folder}:{os.environ['PATH']}", **mark()},
    )
    try:
        for configuration, heap in zip(configurations, ("500MiB", "400MiB"), strict=True):
            await_start(Path(f"{configuration}.started"), heap)
        yield process
    finally:
        for configuration in configurations:
            Path(f"{configuration}.dies").touch()
        process.wait(20)


def drained(folder: Path) -> list[str]:
    """Return which processes have finished what was under way."""
    return sorted(file.name.partition(".")[0] for file in folder.glob("*.drained"))


def test_a_container_that_gets_a_signal_lets_both_finish(tmp_path: Path) -> None:
    with running(tmp_path) as process:
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    assert drained(tmp_path) == ["pulls", "registry"]


@pytest.mark.parametrize(("dying", "draining"), [("registry", "pulls"), ("pulls", "registry")])
def test_a_container_ends_when_one_of_its_processes_ends(dying: str, draining: str, tmp_path: Path) -> None:
    with running(tmp_path) as process:
        (tmp_path / f"{dying}.yml.dies").touch()
        assert process.wait(20) == 1
    assert drained(tmp_path) == [draining]
