"""Sends pulls of blobs to the process that serves them, as a front door does."""

import re

import httpx

# As components/proxy/queues.py has it for HAProxy.
_BLOB = re.compile(r"/v2/.+/blobs/[a-z0-9+._-]+:[0-9A-Fa-f]+")


class PullTransport(httpx.BaseTransport):
    """Changes the port of requests that pull or delete a blob.

    Args:
        inner: Transport that makes the requests.
        port: TCP port for them.
    """

    def __init__(self, inner: httpx.BaseTransport, port: int) -> None:
        self._inner, self._port = inner, port

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Make a request."""
        if request.method in ("GET", "DELETE") and _BLOB.fullmatch(request.url.path):
            request.url = request.url.copy_with(port=self._port)
        return self._inner.handle_request(request)

    def close(self) -> None:
        """Close the inner one."""
        self._inner.close()
