"""Calls: what is retried, what never, how fast, and what errors say."""

import asyncio
import random
import threading
from collections.abc import Awaitable, Callable

import pytest
import requests
import urllib3

from provider.cancellation_token import CancellationToken
from provider.errors import (
    ApiError,
    CancelledError,
    DeniedError,
    InterruptedCallError,
    NotFoundError,
    RateLimitedError,
    RefusedCallError,
    UnreachableError,
)
from provider.softlayer.api import SoftLayerApi
from provider.softlayer.faults import as_api_error
from provider.softlayer.rate_limit import RateLimit
from provider.softlayer.retry import RetryPolicy
from tests.support.provider.provider_session import SETTINGS
from tests.unit.provider.softlayer.scripted_client import LIMITED, FaultError, Script

QUICK = RetryPolicy(attempts=4, first=0.001, longest=0.002)


def run(script: Script, act: Callable[[SoftLayerApi], Awaitable[object]]) -> object:
    async def body() -> object:
        api = SoftLayerApi(SETTINGS, CancellationToken(), QUICK, lambda _: script)
        return await act(api)

    return asyncio.run(body())


BROKEN = FaultError(500, "Server Error")
RESET = FaultError(0, "Connection reset by peer")
MISSING = FaultError("SoftLayer_Exception_ObjectNotFound", "Unable to find object with id of '1'.")


@pytest.mark.parametrize("trouble", [LIMITED, BROKEN, RESET, ValueError("not xml")])
def test_reads_are_tried_again(trouble: Exception) -> None:
    script = Script(trouble, trouble, {"id": 1})
    assert run(script, lambda api: api.read("Account", "getObject")) == {"id": 1}
    assert script.calls == 3


def test_reads_give_up_in_the_end() -> None:
    script = Script(*[BROKEN] * 9)
    with pytest.raises(InterruptedCallError):
        run(script, lambda api: api.read("Account", "getObject"))
    assert script.calls == QUICK.attempts


def test_a_refusal_is_not_tried_again() -> None:
    script = Script(MISSING)
    with pytest.raises(NotFoundError):
        run(script, lambda api: api.write("Virtual_Guest", "deleteObject", id=1))


@pytest.mark.parametrize("trouble", [LIMITED, BROKEN, RESET, ValueError("not xml")])
def test_orders_are_sent_once(trouble: Exception) -> None:
    script = Script(trouble, {"id": 1})
    with pytest.raises(ApiError):
        run(script, lambda api: api.order("Virtual_Guest", "createObject", {}))
    assert script.calls == 1


def connection_error(reason: Exception) -> FaultError:
    """As the package raises it: requests' exception stays only as the context."""
    try:
        try:
            raise requests.ConnectionError(urllib3.exceptions.MaxRetryError(None, "/", reason))  # type: ignore[arg-type]
        except requests.RequestException as error:
            raise FaultError(0, str(error))  # noqa: B904
    except FaultError as fault:
        return fault


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (LIMITED, RateLimitedError),
        (BROKEN, InterruptedCallError),
        (RESET, InterruptedCallError),
        (MISSING, NotFoundError),
        (FaultError(404, "Not Found"), RefusedCallError),
        (FaultError(401, "x"), DeniedError),
        (FaultError("SoftLayer_Exception_InvalidLegacyToken", "Invalid API token."), DeniedError),
        (FaultError("SoftLayer_Exception_Public", "Access Denied. "), DeniedError),
        (FaultError("SoftLayer_Exception_Public", "Internal Error"), InterruptedCallError),
        (
            FaultError("SoftLayer_Exception_Order_InvalidLocation", "The location is invalid."),
            RefusedCallError,
        ),
        (connection_error(urllib3.exceptions.NewConnectionError(None, "refused")), UnreachableError),  # type: ignore[arg-type]
        (connection_error(urllib3.exceptions.ProtocolError("reset")), InterruptedCallError),
        (ValueError("junk"), InterruptedCallError),
    ],
)
def test_faults_are_distinguished(fault: Exception, kind: type[ApiError]) -> None:
    assert type(as_api_error("A::b", "http://here/", fault)) is kind


def test_cancel_ends_a_call_at_once() -> None:
    started, answered = threading.Event(), threading.Event()

    def answer() -> bool:
        started.set()
        return answered.wait(60)

    async def body() -> None:
        stop = CancellationToken()
        api = SoftLayerApi(SETTINGS, stop, QUICK, lambda _: Script(answer))
        call = asyncio.ensure_future(api.read("Account", "getObject"))
        assert await asyncio.to_thread(started.wait, 60)
        stop.cancel()
        with pytest.raises(CancelledError):
            await call
        assert not answered.is_set()

    loop = asyncio.new_event_loop()
    try:
        loop.run_until_complete(body())
    finally:
        answered.set()
        loop.close()


def test_an_order_answered_just_after_cancel_is_kept() -> None:
    started, cancelled = threading.Event(), threading.Event()

    def answer() -> object:
        started.set()
        assert cancelled.wait(60)
        return {"id": 7}

    async def body() -> object:
        stop = CancellationToken()
        api = SoftLayerApi(SETTINGS, stop, QUICK, lambda _: Script(answer))
        order = asyncio.ensure_future(api.order("Virtual_Guest", "createObject", {}))
        assert await asyncio.to_thread(started.wait, 60)
        stop.cancel()
        for _ in range(10):
            await asyncio.sleep(0)
        cancelled.set()
        return await order

    assert asyncio.run(body()) == {"id": 7}


def test_the_rate_holds_over_all_callers() -> None:
    now = 0.0
    times: list[float] = []

    async def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds

    async def body() -> None:
        limit = RateLimit(10, 2, lambda: now, sleep)

        async def take_turn() -> None:
            await limit.take()
            times.append(now)

        await asyncio.gather(*(take_turn() for _ in range(30)))

    asyncio.run(body())
    windows = [sum(1 for time in times if start <= time < start + 1 - 1e-9) for start in times]
    assert max(windows) <= 12
    assert times[-1] == pytest.approx(2.8)


def test_pauses_grow_and_are_bounded() -> None:
    dice = random.Random(1)  # noqa: S311 - jitter
    pauses = list(RetryPolicy(attempts=8, first=1, factor=2, longest=5).pauses(dice))
    assert len(pauses) == 7
    assert all(0.5 * base <= pause <= base for pause, base in zip(pauses, [1, 2, 4, 5, 5, 5, 5], strict=True))
