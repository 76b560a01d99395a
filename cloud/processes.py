"""The processes of one local cloud, found by a mark in their environment instead of by pid files.

A pid file can be lost between start and write, or name a process that is long another one. The mark is there
from the first instant, cannot be lost, and is inherited, so that helpers of a killed daemon are found too.
"""

import contextlib
import os
import select
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_CLOUD = "SOFTLAYER_CLOUD"
_PART = "SOFTLAYER_CLOUD_PART"
_TAIL_BYTES = 2000


@dataclass(frozen=True)
class Process:
    """A running process of the cloud.

    Attributes:
        pid: Id of the process.
        part: What it is, such as `dockerd`.
        leader: Whether the cloud started it itself; else a process of that part did.
        command: The first word of its command line.
    """

    pid: int
    part: str
    leader: bool
    command: str


class Processes:
    """Starts, finds and ends the processes of one cloud.

    Args:
        cloud: The cloud's identifier; the same for every command on the same state folder.
        logs: Folder of their logs, one `<part>.log` each; made where it is missing.
    """

    def __init__(self, cloud: str, logs: Path) -> None:
        self._cloud = cloud
        self._logs = logs

    def start(self, part: str, command: Sequence[str], environment: Mapping[str, str] | None = None) -> int:
        """Start a part in a session of its own, logging to its file; return its pid."""
        self._logs.mkdir(parents=True, exist_ok=True, mode=0o700)
        marks = {_CLOUD: self._cloud, _PART: part}
        with self.log(part).open("ab") as log:
            child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **(environment or {}), **marks},
                cwd="/",
                start_new_session=True,
            )
        # exec shows the new environment an instant after it has succeeded.
        while child.poll() is None and self.find(part) is None:
            time.sleep(0.001)
        return child.pid

    def log(self, part: str) -> Path:
        """Return the part's log file."""
        return self._logs / f"{part}.log"

    def log_tail(self, part: str) -> str:
        """Return the end of the part's log, for a message."""
        with contextlib.suppress(FileNotFoundError):
            return self.log(part).read_bytes()[-_TAIL_BYTES:].decode(errors="replace").strip()
        return ""

    def all(self) -> list[Process]:
        """Return every running process of this cloud."""
        mark = f"{_CLOUD}={self._cloud}".encode()
        return [
            process
            for entry in Path("/proc").iterdir()
            if entry.name.isdigit() and (process := _read(int(entry.name), mark)) is not None
        ]

    def find(self, part: str) -> int | None:
        """Return the pid of a part that runs, else None."""
        return next((process.pid for process in self.all() if process.part == part and process.leader), None)

    def stop(self, part: str, grace: float = 20) -> None:
        """End a part: first politely, then, after `grace` seconds, by force."""
        pid = self.find(part)
        if pid is not None:
            end(pid, grace)


def end(pid: int, grace: float) -> None:
    """End one process, by SIGTERM and, after `grace` seconds, by SIGKILL; return when it has ended."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        for number, seconds in ((signal.SIGTERM, grace), (signal.SIGKILL, 10)):
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(handle, number)
            if select.select([handle], [], [], seconds)[0]:
                break
    finally:
        os.close(handle)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)


def _read(pid: int, mark: bytes) -> Process | None:
    """Read one process; None when it is not this cloud's, a zombie, or ended meanwhile."""
    folder = Path("/proc") / str(pid)
    try:
        environment = (folder / "environ").read_bytes().split(b"\0")
        if mark not in environment:
            return None
        # After the command's name in parentheses: state, parent, group, session.
        state, _, _, session = (folder / "stat").read_text().rpartition(")")[2].split()[:4]
        command = (folder / "cmdline").read_bytes().split(b"\0")[0].decode(errors="replace")
    except OSError:
        return None
    if state in "ZX":
        return None
    part = next(
        (line[len(_PART) + 1 :] for line in environment if line.startswith(f"{_PART}=".encode())), b""
    )
    return Process(pid, part.decode(errors="replace"), int(session) == pid, command)
