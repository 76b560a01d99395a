"""Pulumi's own lock of a stack, which an engine that outlived its operator still holds.

The `pulumi up` of a command that is killed is interrupted (`interrupts`) and ends with the resources that it
is at, which may wait for a container's health. A swap that is given up meanwhile needs no Pulumi and ends at
once; the next one waits here, and says for what.
"""

import re
import socket
from collections.abc import Callable
from dataclasses import dataclass

from messages.progress import report, step
from operate.clock import Clock
from operate.error import OperateError
from operate.lock.process import process_start

LIMIT, _POLL = 1800.0, 2.0
"""Seconds for which an engine that outlived its operator is waited for, and between looks (choices)."""
_LOCKED_BY = re.compile(r"created by \S+@(?P<host>\S+) \(pid (?P<pid>\d+)\)(?: at (?P<since>[^\s,]+))?")
"""The words of Pulumi's own backends (pkg/backend/diy/lock.go, read in 3.259)."""


@dataclass(frozen=True)
class EngineLock:
    """Who holds the lock.

    Attributes:
        description: Description of the holder in Pulumi's words.
        pid: Process id of the holder, where that is of this machine; None elsewhere, or where it is not
            known.
        since: Time at which it took the lock, UTC; "" where that is not known.
    """

    description: str = "another pulumi"
    pid: int | None = None
    since: str = ""

    @property
    def is_dead(self) -> bool:
        """Whether its process was one of this machine and has ended."""
        return self.pid is not None and process_start(self.pid) is None


def parse_lock(message: str, host: str) -> EngineLock:
    """Read who holds the lock.

    Args:
        message: Message of Pulumi, which was refused the lock.
        host: Name of this machine.
    """
    match = _LOCKED_BY.search(message)
    if match is None:
        return EngineLock()
    pid = int(match["pid"]) if match["host"] == host else None
    return EngineLock(match[0], pid, match["since"] or "")


def await_or_break(message: str, environment: str, clock: Clock, cancel: Callable[[], None]) -> None:
    """Wait for an engine of this machine that is at work; break the lock of one that was killed.

    Args:
        message: Message of Pulumi, which was refused the lock.
        environment: Name of the stack.
        clock: Clock that waits.
        cancel: Breaks the lock.

    Raises:
        OperateError: The engine is of another machine, or at work for too long.
    """
    lock = parse_lock(message, socket.gethostname())
    if lock.is_dead:
        cancel()
    elif lock.pid is None or not _has_ended(lock, lock.pid, clock):
        raise OperateError(
            f"environment {environment}: Pulumi's own lock is held, {lock.description}; wait for it,"
            " or, if it is dead, `pulumi cancel`, then run the command again"
        )


def _has_ended(lock: EngineLock, pid: int, clock: Clock) -> bool:
    """Wait for the end of a process with progress, and return whether it came within the limit."""
    started, deadline = process_start(pid), clock.monotonic() + LIMIT
    since = f", at work since {lock.since}" if lock.since else ""
    report(
        f"waits for Pulumi's own lock, for {LIMIT / 60:.0f} minutes at most: a pulumi of this machine holds"
        f" it (pid {pid}{since}). It outlived the command that started it, or somebody runs it;"
        f" `kill -INT {pid}` lets it finish the resources that it works on, and end"
    )
    with step(f"Pulumi's own lock, of pid {pid}"):
        while process_start(pid) == started:
            if clock.monotonic() >= deadline:
                return False
            clock.sleep(_POLL)
    return True
