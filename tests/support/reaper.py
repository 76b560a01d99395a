"""Ends everything that a pytest process has started, even when that process is killed.

Tests start daemons that leave their parent: the API of the local cloud, dockerd, containerd and Swift.
Fixtures end them, but a killed process runs no fixtures. So every pytest process starts a reaper, which waits
for its end and then cleans up. All processes that a test starts inherit a mark in their environment, by which
the reaper finds them.

The reaper has a session of its own, so that no signal to the process group of the tests reaches it.
"""

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.process_mark import MARK

_CLOUD_PART = b"SOFTLAYER_CLOUD_PART="
_API = _CLOUD_PART + b"api"
_CLOUD_MARK = ".softlayer-cloud"
_CLOUD_FILES = (_CLOUD_MARK, "machines.json", "swift")
"""Each of them is in the state folder of a cloud, and nowhere else in a test's folder."""
_CHECKOUT = Path(__file__).resolve().parents[2]
_GRACE_SECONDS = 10.0
"""Time between SIGTERM and SIGKILL: dockerd stops its containers meanwhile."""


@dataclass(frozen=True)
class MarkedProcess:
    """A process that carries the mark of a pytest process.

    Attributes:
        pid: Its process identifier.
        is_cloud_part: Whether it is a part of a local cloud other than the API, which the cloud ends in good
            order.
    """

    pid: int
    is_cloud_part: bool


def start_reaper(folder: Path, *, runs_tests: bool = True) -> None:
    """Mark this process, and start the reaper of all processes that it starts from now on.

    Args:
        folder: Base folder of this process's temporary files. The reaper logs to `reaper.log` there.
        runs_tests: Whether tests run in this process, so that clouds can be in the folder. Otherwise its
            workers run them, each with a reaper of its own.
    """
    environment = {name: value for name, value in os.environ.items() if name != MARK}
    os.environ[MARK] = f"{os.getpid()}-{time.time_ns()}"
    words = [str(os.getpid()), os.environ[MARK], *([str(folder)] if runs_tests else [])]
    with (folder / "reaper.log").open("ab") as log:
        subprocess.Popen(
            [sys.executable, "-m", "tests.support.reaper", *words],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=environment,
            cwd=_CHECKOUT,
            start_new_session=True,
        )


def marked_processes(value: str) -> list[MarkedProcess]:
    """Return every running process with that value of the mark."""
    entry = f"{MARK}={value}".encode()
    processes = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        with contextlib.suppress(OSError):
            environment = (folder / "environ").read_bytes().split(b"\0")
            state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
            if entry in environment and state not in "ZX":
                is_part = _API not in environment and any(
                    line.startswith(_CLOUD_PART) for line in environment
                )
                processes.append(MarkedProcess(int(folder.name), is_part))
    return processes


def cloud_folders(folder: Path) -> Iterator[Path]:
    """Yield the state folder of every cloud in a folder."""
    for path, folders, files in os.walk(folder):
        if any(name in _CLOUD_FILES for name in (*folders, *files)):
            folders.clear()  # of machines and objects, thousands
            yield Path(path)


def _await_end(pid: int) -> None:
    """Wait until the parent of this process has ended."""
    with contextlib.suppress(ProcessLookupError):
        handle = os.pidfd_open(pid)
        # Another process has the number if the parent ended before the call.
        if os.getppid() == pid:
            select.select([handle], [], [])
        os.close(handle)


def _end_processes(value: str, *, with_cloud_parts: bool) -> None:
    """End marked processes, and those that they start meanwhile."""
    terminated: dict[int, float] = {}
    while pids := [
        process.pid for process in marked_processes(value) if with_cloud_parts or not process.is_cloud_part
    ]:
        for pid in pids:
            since = terminated.setdefault(pid, time.monotonic())
            signal_number = signal.SIGTERM if time.monotonic() - since < _GRACE_SECONDS else signal.SIGKILL
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal_number)
        time.sleep(0.1)


def _end_clouds(states: Sequence[Path]) -> None:
    """End all that clouds have on this host, their networks and mounts as well."""
    # Half a second, which few need.
    from cloud.interfaces import MachineError, ObjectStorageError
    from cloud.local_cloud import CloudError, LocalCloud

    for state in states:
        is_command_line = (state / _CLOUD_MARK).exists()
        cloud = LocalCloud(state, lambda line: print(line, flush=True))
        # The reaper of a pytest process that a test started may be at it, too.
        with contextlib.suppress(FileNotFoundError):
            # A cloud that ran in the process of the tests leaves its folder to pytest.
            (state / _CLOUD_MARK).touch()
            try:
                cloud.reset() if is_command_line else cloud.down()
            except (CloudError, MachineError, ObjectStorageError):
                traceback.print_exc()


def main(pid: str, value: str, folder: str | None = None) -> None:
    """Wait for the end of a pytest process, and end all that it has left.

    Args:
        pid: Process identifier of the pytest process, the parent of this process.
        value: Its mark.
        folder: Base folder of its temporary files, where its clouds are; None where it runs no tests.
    """
    _await_end(int(pid))
    _end_processes(value, with_cloud_parts=False)
    if folder is not None and Path(folder).exists() and (states := list(cloud_folders(Path(folder)))):
        _end_clouds(states)
    _end_processes(value, with_cloud_parts=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
