"""Ports for programs that tests start: no two tests of this machine are ever given the same one."""

import fcntl
import os
import socket
import tempfile
from pathlib import Path

# Below what Linux gives to connections (32768), which nobody could keep from taking one.
_PORTS = range(21000, 30000)
_FOLDER = Path(tempfile.gettempdir()) / "softlayer-registry-ports"
_locks: dict[int, int] = {}


def free_port() -> int:
    """Return a port of the loopback that nobody has, kept for this process until it ends.

    A port that was only looked at could go to another test before the program that it is for listens. So each
    is locked by a file of its own, which the kernel unlocks with the process.

    Raises:
        RuntimeError: Every port is taken.
    """
    _FOLDER.mkdir(mode=0o777, exist_ok=True)
    start = os.getpid() * 97 + len(_locks)
    for step in range(len(_PORTS)):
        port = _PORTS[(start + step) % len(_PORTS)]
        if port not in _locks and _lock(port):
            return port
    raise RuntimeError(
        f"no port of {_PORTS[0]} to {_PORTS[-1]} is free; look for tests that were left running"
    )


def _lock(port: int) -> bool:
    descriptor = os.open(_FOLDER / str(port), os.O_RDWR | os.O_CREAT, 0o666)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with socket.create_server(("127.0.0.1", port)):
            _locks[port] = descriptor
            return True
    except OSError:
        os.close(descriptor)
        return False
