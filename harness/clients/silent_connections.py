"""Connections on which nobody says anything, opened by a client who wants to take a door from the others."""

import resource
import socket
import struct
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

_OWN_FILES = 1024
"""File descriptors that a process needs beside its silent connections (choice)."""
_RESET = struct.pack("ii", 1, 0)


@contextmanager
def silent_connections(
    port: int, count: int, sources: Iterable[str], patience: float = 1.0
) -> Iterator[list[socket.socket]]:
    """Open connections to a port of 127.0.0.1 and hold them open; those that are refused do not count.

    They are closed by a reset, so that none keeps its own port for a minute.

    Args:
        port: Port of the door.
        count: Number of connections that are tried.
        sources: Source address of each connection.
        patience: Seconds for which one may take to open.
    """
    allow_files(count)
    opened: list[socket.socket] = []
    try:
        for _, source in zip(range(count), sources, strict=False):
            with suppress(OSError):
                opened.append(socket.create_connection(("127.0.0.1", port), patience, (source, 0)))
        yield opened
    finally:
        for connection in opened:
            with suppress(OSError):
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            connection.close()


def allow_files(count: int) -> None:
    """Let this process hold so many connections open.

    Raises:
        OSError: The machine allows fewer.
    """
    needed = count + _OWN_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return
    if hard != resource.RLIM_INFINITY and hard < needed:
        raise OSError(
            f"{needed} file descriptors are needed for {count} connections, and RLIMIT_NOFILE allows {hard};"
            f" run it again after `ulimit -n {needed}` as root"
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
