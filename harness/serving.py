"""A server of the standard library, from the beginning of a context to its end."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

Server = TypeVar("Server", bound=socketserver.BaseServer)

_POLL_SECONDS = 0.01
"""How late a server notices that it is to end; by default it is half a second, which many tests wait for."""


@contextmanager
def serving(server: Server) -> Iterator[Server]:
    """Serve in a thread of its own while the context lasts, then close the server."""
    thread = threading.Thread(target=server.serve_forever, args=(_POLL_SECONDS,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
