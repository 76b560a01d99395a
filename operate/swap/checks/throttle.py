"""The operator's own requests leave a colour, and its object storage, to the clients for part of the time."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import cast

import httpx

from operate.clock import Clock

_LONGEST_PAUSE = 3.0
"""Seconds (choice): a colour that hangs is not waited for twice."""


@contextmanager
def throttled(clock: Clock, factor: float) -> Iterator[None]:
    """Run the body, then pause for a multiple of its duration.

    Args:
        clock: Clock that measures and waits.
        factor: Factor of the duration; 2 leaves two thirds of the time to the clients, 0 none.
    """
    started_at = clock.monotonic()
    yield
    _pause(clock, factor, started_at)


class ThrottledTransport(httpx.BaseTransport):
    """Pauses after each request, once its response is read; `Response.elapsed` is without the pause.

    Args:
        inner: Transport that makes the requests.
        clock: Clock that measures and waits.
        factor: Factor of the request's duration.
    """

    def __init__(self, inner: httpx.BaseTransport, clock: Clock, factor: float) -> None:
        self._inner, self._clock, self._factor = inner, clock, factor

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Make a request; a failure is raised at once."""
        started_at = self._clock.monotonic()
        response = self._inner.handle_request(request)
        stream = cast(httpx.SyncByteStream, response.stream)
        response.stream = _ThrottledStream(stream, lambda: _pause(self._clock, self._factor, started_at))
        return response

    def close(self) -> None:
        """Close the inner one."""
        self._inner.close()


class _ThrottledStream(httpx.SyncByteStream):
    def __init__(self, inner: httpx.SyncByteStream, pause: Callable[[], None]) -> None:
        self._inner, self._pause = inner, pause

    def __iter__(self) -> Iterator[bytes]:
        yield from self._inner

    def close(self) -> None:
        self._inner.close()
        self._pause()


def _pause(clock: Clock, factor: float, started_at: float) -> None:
    clock.sleep(min(factor * (clock.monotonic() - started_at), _LONGEST_PAUSE))
