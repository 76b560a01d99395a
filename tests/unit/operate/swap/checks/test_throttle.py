"""The operator's own requests leave clients most of the time."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from operate.clock import SystemClock
from operate.swap.checks.throttle import ThrottledTransport, throttled
from tests.support.simulated_operator import SimulatedClock


@dataclass
class Body(httpx.SyncByteStream):
    clock: SimulatedClock
    seconds: float

    def __iter__(self) -> Iterator[bytes]:
        yield b"a"
        self.clock.seconds += self.seconds
        yield b"b"


def client(clock: SimulatedClock, answers: float, body: float) -> httpx.Client:
    """To a registry that takes so many seconds to answer, and as many more in the midst of the body."""

    def answer(_: httpx.Request) -> httpx.Response:
        clock.seconds += answers
        return httpx.Response(200, stream=Body(clock, body))

    return httpx.Client(transport=ThrottledTransport(httpx.MockTransport(answer), clock, 2))


@pytest.mark.parametrize(("answers", "body", "rest"), [(0.25, 0.5, 1.5), (0.0, 0.0, 0.0), (40.0, 20.0, 3.0)])
def test_a_rest_is_twice_as_long_as_the_request_with_its_body(
    answers: float, body: float, rest: float
) -> None:
    clock = SimulatedClock()
    with client(clock, answers, body) as http_client:
        assert http_client.get("http://registry/v2/").content == b"ab"
    assert clock.seconds == answers + body + rest


def test_a_requests_duration_is_reported_without_the_throttle() -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        time.sleep(0.05)
        return httpx.Response(200, stream=Body(SimulatedClock(), 0.0))

    with httpx.Client(
        transport=ThrottledTransport(httpx.MockTransport(answer), SystemClock(), 2)
    ) as http_client:
        started = time.perf_counter()
        elapsed = http_client.get("http://registry/v2/").elapsed.total_seconds()
    assert time.perf_counter() - started >= elapsed + 0.1


def test_a_request_that_fails_is_reported_at_once() -> None:
    clock = SimulatedClock()

    def fail(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    transport = ThrottledTransport(httpx.MockTransport(fail), clock, 2)
    with httpx.Client(transport=transport) as http_client, pytest.raises(httpx.ConnectError):
        http_client.get("http://registry/v2/")
    assert clock.seconds == 0.0


@given(st.floats(0.0, 1.0), st.floats(0.0, 3.0))
def test_other_work_is_rested_after_too(seconds: float, times: float) -> None:
    clock = SimulatedClock()
    with throttled(clock, times):
        clock.sleep(seconds)
    assert clock.monotonic() == pytest.approx((1 + times) * seconds)


def test_other_work_that_hangs_is_not_waited_for_twice() -> None:
    clock = SimulatedClock()
    with throttled(clock, 2):
        clock.sleep(60)
    assert clock.monotonic() == pytest.approx(63)


def test_other_work_that_fails_is_reported_at_once() -> None:
    clock = SimulatedClock()
    with pytest.raises(OSError, match="refused"), throttled(clock, 2):
        raise OSError("refused")
    assert clock.monotonic() == 0.0
