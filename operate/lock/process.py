"""This process, and whether another one of this machine is still there; Linux's /proc."""

import getpass
import os
import secrets
import socket
from datetime import UTC, datetime
from pathlib import Path

from operate.lock.holder import Holder, describe_holder, describe_left_lock


def this_process(what: str, ttl: float) -> Holder:
    """Return this process as a lock's holder.

    Args:
        what: The command, for people.
        ttl: Seconds that the lock lives without a heartbeat.
    """
    pid = os.getpid()
    return Holder(
        nonce=secrets.token_hex(16),
        owner=f"{_user()}@{socket.gethostname()}",
        place=_place(),
        pid=pid,
        started=process_start(pid) or 0,
        what=what,
        since=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        ttl=ttl,
    )


def is_alive(holder: Holder) -> bool:
    """Whether the holder's process is there, if it is one of this machine."""
    return process_start(holder.pid) == holder.started


def is_left(holder: Holder) -> bool:
    """Whether the holder was a process of this machine since its last start, and no longer runs."""
    return holder.place == _place() and not is_alive(holder)


def describe_lock(holder: Holder, age: float) -> str:
    """Describe a lock to an operator of this machine: who holds it, or that its holder has ended.

    Args:
        holder: Read from the object.
        age: Seconds since its last heartbeat, by the store's clock.
    """
    if is_left(holder):
        return describe_left_lock(holder)
    return describe_holder(holder, age, runs_here=holder.place == _place())


def process_start(pid: int) -> int | None:
    """A process's start in clock ticks since the machine's; None where it is not there, or ended already."""
    try:
        # The name, in parentheses, may hold anything; the state follows it (proc(5)).
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (OSError, UnicodeDecodeError):
        return None
    return None if fields[0] in "ZX" else int(fields[19])


def _place() -> str:
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return f"{boot} {Path('/proc/self/ns/pid').readlink()}"


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
