"""A relay that counts, and delays where a client is far: plain TCP between a client and one server."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from queue import Queue

_PIECE = 65536
# Pieces under way each direction: 64 MiB, more than any window.
_UNDER_WAY = 1024


class Relay:
    """Passes every connection on, and counts what the server sends.

    Args:
        host: The server's address.
        port: The server's port.
        delay: Seconds that each piece is under way, each direction.
    """

    def __init__(self, host: str, port: int, delay: float = 0.0) -> None:
        self._server, self._delay = (host, port), delay
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._counting = threading.Lock()
        self._bytes = 0

    @property
    def port(self) -> int:
        """Where clients connect."""
        return int(self._listener.getsockname()[1])

    def take_count(self) -> int:
        """Return how many bytes the server has sent since the last call."""
        with self._counting:
            count, self._bytes = self._bytes, 0
        return count

    @contextmanager
    def running(self) -> Iterator["Relay"]:
        """Relay while the context lasts."""
        thread = threading.Thread(target=self._accept, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            thread.join()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:  # the listener was closed
                return
            server = socket.create_connection(self._server)
            for source, target, is_counted in ((client, server, False), (server, client, True)):
                threading.Thread(target=self._pass_on, args=(source, target, is_counted), daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket, is_counted: bool) -> None:
        under_way: Queue[tuple[float, bytes]] = Queue(_UNDER_WAY)
        sender = threading.Thread(target=self._deliver, args=(under_way, source, target), daemon=True)
        sender.start()
        with suppress(OSError):
            while piece := source.recv(_PIECE):
                if is_counted:
                    with self._counting:
                        self._bytes += len(piece)
                under_way.put((time.monotonic() + self._delay, piece))
        under_way.put((time.monotonic() + self._delay, b""))

    def _deliver(
        self, under_way: "Queue[tuple[float, bytes]]", source: socket.socket, target: socket.socket
    ) -> None:
        """Send each piece once its time has come; an empty one is the end."""
        with suppress(OSError):
            while True:
                due, piece = under_way.get()
                time.sleep(max(0.0, due - time.monotonic()))
                if not piece:
                    break
                target.sendall(piece)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
