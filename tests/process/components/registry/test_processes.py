"""Processes of a registry's container: those that die are started again, and none waits for its log."""

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

# They wait for seconds of the script's own, so they start first.
pytestmark = pytest.mark.expected_seconds(20)
SCRIPT = CHECKOUT / "components" / "images" / "registry-processes"
# Prints its memory, and drains for a moment when it is stopped; "dies" ends by itself.
STAND_IN = """\
#!/bin/sh
trap '[ ! -e "$2.slow" ] || sleep 30; sleep 0.2
echo drained >"$2.drained"; [ ! -e "$2.last" ] || cat "$2.last"; exit 0' TERM
echo "$$" >>"$2.pids"
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
exit 2
"""


def await_start(file: Path, heap: str) -> None:
    """Wait until a process has started, with its share of the memory."""
    end = time.monotonic() + 20
    while not file.exists() or file.read_text() != f"{heap}\n":
        assert time.monotonic() < end, f"{file.name} does not say {heap}"
        time.sleep(0.02)


@contextmanager
def running(folder: Path, log: int | None = None, period: int = 2) -> Iterator["subprocess.Popen[bytes]"]:
    """Run the script with a registry that stands in; both processes have started.

    Args:
        folder: an empty one.
        log: where it logs to; the test's own output by default.
        period: in seconds, after which a blocked log is tried again.
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
            "LOG_PERIOD": str(period),
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
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait(40)


def drained(folder: Path) -> list[str]:
    """Return which processes have finished what was under way."""
    return sorted(file.name.partition(".")[0] for file in folder.glob("*.drained"))


def test_a_container_that_gets_a_signal_lets_both_finish(tmp_path: Path) -> None:
    with running(tmp_path) as process:
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    assert drained(tmp_path) == ["pulls", "registry"]


def pids(folder: Path, name: str) -> list[int]:
    """Return the numbers of the processes that have run with a configuration, the latest last."""
    return [int(line) for line in (folder / f"{name}.yml.pids").read_text().split()]


def relay(process: "subprocess.Popen[bytes]", folder: Path) -> int | None:
    """Return the number of the process that passes on the log; None while there is none."""
    for child in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split():
        try:
            is_reader = Path(f"/proc/{child}/fd/0").readlink() == folder / "log"
            is_shell = str(SCRIPT).encode() in Path(f"/proc/{child}/cmdline").read_bytes()
        except OSError:
            continue
        if is_reader and is_shell:
            return int(child)
    return None


@pytest.mark.parametrize(("dying", "serving"), [("registry", "pulls"), ("pulls", "registry")])
def test_a_process_that_is_killed_is_started_again_beside_the_other(
    dying: str, serving: str, tmp_path: Path
) -> None:
    with running(tmp_path) as process:
        before = time.monotonic()
        os.kill(pids(tmp_path, dying)[0], signal.SIGKILL)
        until(lambda: len(pids(tmp_path, dying)) == 2, "it is started again")
        # HAProxy retries a refused connection for three seconds.
        assert time.monotonic() - before < 2
        assert drained(tmp_path) == []
        assert len(pids(tmp_path, serving)) == 1
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    assert drained(tmp_path) == ["pulls", "registry"], "the new one gets the signal too"


def test_processes_that_are_killed_at_once_are_both_started_again(
    tmp_path: Path, pipe: tuple[int, int]
) -> None:
    with running(tmp_path, pipe[1]) as process:
        for name in ("registry", "pulls"):
            os.kill(pids(tmp_path, name)[0], signal.SIGKILL)
        until(lambda: [len(pids(tmp_path, name)) for name in ("registry", "pulls")] == [2, 2], "both start")
        log = read_until(pipe[0], b"pulls.yml ended with 137, started again\n")
        assert b"registry.yml ended with 137, started again\n" in log
        assert process.poll() is None


@pytest.mark.parametrize(("dying", "serving"), [("registry", "pulls"), ("pulls", "registry")])
def test_a_process_that_dies_again_and_again_ends_the_container(
    dying: str, serving: str, tmp_path: Path
) -> None:
    with running(tmp_path) as process:
        (tmp_path / f"{dying}.yml.dies").touch()
        assert process.wait(20) == 1
    assert drained(tmp_path) == [serving]
    assert len(pids(tmp_path, dying)) == 4


def test_a_container_that_ends_unasked_waits_for_no_transfer(tmp_path: Path) -> None:
    (tmp_path / "registry.yml.slow").touch()
    with running(tmp_path) as process:
        (tmp_path / "pulls.yml.dies").touch()
        assert process.wait(12) == 1
    assert drained(tmp_path) == []


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


def say(folder: Path, name: str, text: str) -> None:
    """Have a process, which looks for it at any time, log a text: the file is there as a whole."""
    draft = folder / "draft"
    draft.write_text(text)
    draft.rename(folder / f"{name}.yml.says")


def test_all_that_is_logged_is_passed_on_as_it_is(tmp_path: Path, pipe: tuple[int, int]) -> None:
    lines = r"""{"msg":"a \\n \"b\" %s \\"}""" + "\n  two blanks\n"
    say(tmp_path, "pulls", lines)
    with running(tmp_path, pipe[1]):
        until(lambda: (tmp_path / "log-heartbeat").read_text() == "1\n", "heartbeats pass")
        (tmp_path / "registry.yml.last").write_text("the last word")
    assert read_until(pipe[0], b"word\n") == f"{lines}the last word\n".encode()


def test_a_log_that_nobody_takes_blocks_no_process_and_ends_none(
    tmp_path: Path, pipe: tuple[int, int]
) -> None:
    with running(tmp_path, pipe[1], period=5) as process:
        fill(pipe[1])
        (tmp_path / "registry.yml.floods").touch()
        before = time.monotonic()
        until((tmp_path / "registry.yml.flooded").exists, "the log is dropped")
        assert time.monotonic() - before < 5, "a request waits for less than a period"
        assert (tmp_path / "log-blocked").exists()
        # Through several periods, each of which tries the log.
        for _ in range(3):
            (tmp_path / "registry.yml.flooded").unlink()
            (tmp_path / "registry.yml.floods").touch()
            until((tmp_path / "registry.yml.flooded").exists, "the log is dropped")
            time.sleep(5)
        assert process.poll() is None
        assert (tmp_path / "log-blocked").exists()
        assert drained(tmp_path) == []
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0


def test_a_log_that_is_taken_again_is_passed_on_again(tmp_path: Path, pipe: tuple[int, int]) -> None:
    reader, writer = pipe
    with running(tmp_path, writer) as process:
        size = fill(writer)
        (tmp_path / "registry.yml.floods").touch()
        until((tmp_path / "registry.yml.flooded").exists, "the log is dropped")
        while size > 0:
            size -= len(os.read(reader, size))
        until(lambda: not (tmp_path / "log-blocked").exists(), "Docker's health check is told")
        say(tmp_path, "registry", "taken again\n")
        read_until(reader, b"taken again\n")
        assert process.poll() is None


def test_a_container_ends_soon_although_nobody_takes_its_log(tmp_path: Path, pipe: tuple[int, int]) -> None:
    with running(tmp_path, pipe[1]) as process:
        fill(pipe[1])
        say(tmp_path, "registry", "a word")
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    assert drained(tmp_path) == ["pulls", "registry"]


def kill_relay(process: "subprocess.Popen[bytes]", folder: Path) -> None:
    """Kill what passes on the log, with whatever it has read, and wait until another one does so."""
    killed = until(lambda: relay(process, folder), "a relay runs")
    os.kill(killed, signal.SIGKILL)
    until(lambda: relay(process, folder) not in (None, killed), "another one runs")


def test_a_relay_that_is_killed_is_started_again(tmp_path: Path, pipe: tuple[int, int]) -> None:
    with running(tmp_path, pipe[1]) as process:
        for number in range(2):
            time.sleep(3)  # Two heartbeats pass.
            kill_relay(process, tmp_path)
            say(tmp_path, "registry", f"line {number}\n")
            read_until(pipe[0], f"line {number}\n".encode())
            assert not (tmp_path / "log-blocked").exists()
        assert process.poll() is None
    assert [len(pids(tmp_path, name)) for name in ("registry", "pulls")] == [1, 1]


def test_heartbeats_that_arrive_late_block_no_log(tmp_path: Path, pipe: tuple[int, int]) -> None:
    with running(tmp_path, pipe[1]) as process:
        late = os.open(tmp_path / "log", os.O_WRONLY)
        end = time.monotonic() + 5  # longer than a heartbeat may take
        while time.monotonic() < end:
            os.write(late, b"\1log heartbeat 1\n")
            assert not (tmp_path / "log-blocked").exists()
            time.sleep(0.02)
        os.close(late)
        while not (heartbeat := (tmp_path / "log-heartbeat").read_text()):
            assert process.poll() is None, "it is written anew, and for a moment empty"
        assert int(heartbeat) > 1
        assert process.poll() is None


def test_a_relay_that_dies_again_and_again_lets_processes_serve_on(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    with running(tmp_path, writer) as process:
        until(lambda: (tmp_path / "log-heartbeat").read_text() == "2\n", "heartbeats pass")
        os.close(writer)
        os.close(reader)  # each line ends a relay
        for _ in range(3):
            (tmp_path / "registry.yml.floods").touch()
            until((tmp_path / "registry.yml.flooded").exists, "the log is dropped")
            (tmp_path / "registry.yml.flooded").unlink()
        until((tmp_path / "log-blocked").exists, "Docker's health check is told")
        assert process.poll() is None
        assert drained(tmp_path) == []
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
