"""The operator's own requests leave a colour, and its object storage, to the clients for part of the time."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import cast

import httpx

from operate.swap.edges import Clock

_LONGEST = 3.0
"""Seconds (choice): a colour that hangs is not waited for twice."""


@contextmanager
def resting(clock: Clock, times: float) -> Iterator[None]:
    """Do what is within, then nothing for so many times as long as that took.

    Args:
        clock: measures and waits.
        times: 2 leaves two thirds of the time to the clients, 0 none.
    """
    began = clock.monotonic()
    yield
    _rest(clock, times, began)


class RestingTransport(httpx.BaseTransport):
    """Rests after each request, once its answer is read; `Response.elapsed` is without the rest.

    Args:
        inner: makes the requests.
        clock: measures and waits.
        times: so many times as long as a request took.
    """

    def __init__(self, inner: httpx.BaseTransport, clock: Clock, times: float) -> None:
        self._inner, self._clock, self._times = inner, clock, times

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Make a request; where no answer comes, that is told at once."""
        began = self._clock.monotonic()
        answer = self._inner.handle_request(request)
        stream = cast(httpx.SyncByteStream, answer.stream)
        answer.stream = _RestingStream(stream, lambda: _rest(self._clock, self._times, began))
        return answer

    def close(self) -> None:
        """Close the inner one."""
        self._inner.close()


class _RestingStream(httpx.SyncByteStream):
    def __init__(self, inner: httpx.SyncByteStream, rest: Callable[[], None]) -> None:
        self._inner, self._rest = inner, rest

    def __iter__(self) -> Iterator[bytes]:
        yield from self._inner

    def close(self) -> None:
        self._inner.close()
        self._rest()


def _rest(clock: Clock, times: float, began: float) -> None:
    clock.sleep(min(times * (clock.monotonic() - began), _LONGEST))
