"""Processes of a registry's container: they end together, finish what is under way, and log to somebody."""

import os
import select
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dev.local.environment import CHECKOUT
from harness.process_mark import mark
from harness.waiting import until

SCRIPT = CHECKOUT / "components" / "images" / "registry-processes"
# Prints its memory, and drains for a moment when it is stopped; "dies" ends by itself.
STAND_IN = """\
#!/bin/sh
trap 'sleep 0.2; echo drained >"$2.drained"; exit 0' TERM
echo "$GOMEMLIMIT" >"$2.started"
while [ ! -e "$2.dies" ]; do
  [ ! -e "$2.says" ] || { cat "$2.says" && rm "$2.says"; }
  if [ -e "$2.floods" ]; then
    rm "$2.floods"
    head -c 1000000 /dev/zero | tr '\\0' '\\n' >&2
    touch "$2.flooded"
  fi
  sleep 0.05
done
[ ! -e "$2.last" ] || cat "$2.last"
exit 2
"""


def await_start(file: Path, heap: str) -> None:
    """Wait until a process has started, with its share of the memory."""
    end = time.monotonic() + 20
    while not file.exists() or file.read_text() != f"{heap}\n":
        assert time.monotonic() < end, f"{file.name} does not say {heap}"
        time.sleep(0.02)


@contextmanager
def running(folder: Path, log: int | None = None, periods: int = 3) -> Iterator["subprocess.Popen[bytes]"]:
    """Run the script with a registry that stands in; both processes have started.

    Args:
        folder: an empty one.
        log: where it logs to; the test's own output by default.
        periods: after which the container ends where its log is blocked; each is two seconds.
    """
    program = folder / "registry"
    program.write_text(STAND_IN)
    program.chmod(0o755)
    configurations = [str(folder / name) for name in ("registry.yml", "pulls.yml")]
    process = subprocess.Popen(
        [
            "sh",
            str(SCRIPT),
            *(
                f"GOMEMLIMIT={heap} exec registry serve {configuration}"
                for configuration, heap in zip(configurations, ("500MiB", "400MiB"), strict=True)
            ),
        ],
        env={
            "PATH": f"{folder}:{os.environ['PATH']}",
            "LOG_FOLDER": str(folder),
            "LOG_PERIOD": "2",
            "LOG_PERIODS": str(periods),
            **mark(),
        },
        stdout=log,
        stderr=log,
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


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """Both ends of a log that nobody takes unless the test does."""
    reader, writer = os.pipe()
    yield reader, writer
    os.close(reader)
    os.close(writer)


def fill(writer: int) -> int:
    """Fill a pipe; return how much it holds."""
    os.set_blocking(writer, False)
    size = 0
    try:
        while True:
            size += os.write(writer, b"x" * 4096)
    except BlockingIOError:
        os.set_blocking(writer, True)
        return size


def read_until(reader: int, text: bytes) -> bytes:
    """Take the log until a text is in it."""
    log, end = b"", time.monotonic() + 20
    while text not in log:
        assert time.monotonic() < end, log[-200:]
        if select.select([reader], [], [], 0.1)[0]:
            log += os.read(reader, 65536)
    return log


def test_all_that_is_logged_is_passed_on_as_it_is(tmp_path: Path, pipe: tuple[int, int]) -> None:
    lines = r"""{"msg":"a \\n \"b\" %s \\"}""" + "\n  two blanks\n"
    (tmp_path / "pulls.yml.says").write_text(lines)
    with running(tmp_path, pipe[1]):
        until(lambda: (tmp_path / "log-heartbeat").read_text() == "1\n", "heartbeats pass")
        (tmp_path / "registry.yml.last").write_text("the last word")
    assert read_until(pipe[0], b"word\n") == f"{lines}the last word\n".encode()


def test_a_log_that_nobody_takes_blocks_no_process_and_ends_the_container_in_time(
    tmp_path: Path, pipe: tuple[int, int]
) -> None:
    (tmp_path / "registry.yml.floods").touch()
    with running(tmp_path, pipe[1]) as process:
        fill(pipe[1])
        until((tmp_path / "log-blocked").exists, "Docker's health check is told")
        until((tmp_path / "registry.yml.flooded").exists, "the log is dropped")
        assert process.poll() is None
        assert process.wait(20) == 1
    assert drained(tmp_path) == ["pulls", "registry"]


def test_a_log_that_is_taken_again_is_passed_on_again(tmp_path: Path, pipe: tuple[int, int]) -> None:
    reader, writer = pipe
    with running(tmp_path, writer, periods=1000) as process:
        size = fill(writer)
        (tmp_path / "registry.yml.floods").touch()
        until((tmp_path / "registry.yml.flooded").exists, "the log is dropped")
        while size > 0:
            size -= len(os.read(reader, size))
        until(lambda: not (tmp_path / "log-blocked").exists(), "Docker's health check is told")
        (tmp_path / "registry.yml.says").write_text("taken again\n")
        read_until(reader, b"taken again\n")
        assert process.poll() is None


def test_a_container_ends_soon_although_nobody_takes_its_log(tmp_path: Path, pipe: tuple[int, int]) -> None:
    with running(tmp_path, pipe[1]) as process:
        fill(pipe[1])
        (tmp_path / "registry.yml.says").write_text("a word")
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    assert drained(tmp_path) == ["pulls", "registry"]


def test_a_container_whose_relay_has_died_ends(tmp_path: Path) -> None:
    (tmp_path / "registry.yml.floods").touch()
    with running(tmp_path) as process:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        os.kill(int(children[0]), signal.SIGKILL)  # it starts before them
        assert process.wait(20) == 1
    assert drained(tmp_path) == ["pulls", "registry"]
