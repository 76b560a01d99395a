"""The bucket that all calls of a provider share: never above SoftLayer's 50 a second, and it listens."""

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provider.cancellation_token import CancellationToken
from provider.errors import RateLimitedError
from provider.softlayer.api import SoftLayerApi
from provider.softlayer.rate_limit import MOST, WINDOW, RateLimit
from provider.softlayer.retry import RetryPolicy
from tests.support.provider.provider_session import SETTINGS
from tests.support.virtual_time import VirtualTimeLoop
from tests.unit.provider.softlayer.scripted_client import LIMITED, Script


def run(work: Coroutine[Any, Any, None]) -> None:
    loop = VirtualTimeLoop()
    try:
        loop.run_until_complete(work)
    finally:
        loop.end()


def most_in_a_window(times: list[float]) -> int:
    return max(sum(1 for time in times if start <= time < start + WINDOW - 1e-9) for start in times)


@given(
    rate=st.integers(1, 49),
    bursts=st.lists(st.tuples(st.floats(0, 3), st.integers(1, 60)), min_size=1, max_size=4),
)
def test_no_second_has_more_than_fifty_calls_however_they_come(
    rate: int, bursts: list[tuple[float, int]]
) -> None:
    async def body() -> None:
        limit, times = RateLimit(rate), list[float]()

        async def take_turn() -> None:
            await limit.take()
            times.append(asyncio.get_running_loop().time())

        tasks = []
        for pause, count in bursts:
            await asyncio.sleep(pause)
            tasks += [asyncio.ensure_future(take_turn()) for _ in range(count)]
        await asyncio.gather(*tasks)
        assert most_in_a_window(times) <= MOST
        assert most_in_a_window(times) <= rate + max(1, rate // 5)

    run(body())


def test_a_refusal_holds_everybody_back_for_a_second_and_then_lets_no_burst_through() -> None:
    async def body() -> None:
        loop, limit, times = asyncio.get_running_loop(), RateLimit(10), list[float]()
        await limit.take()
        limit.refused()

        async def take_turn() -> None:
            await limit.take()
            times.append(loop.time())

        await asyncio.gather(*(take_turn() for _ in range(5)))
        assert times == pytest.approx([WINDOW + 0.1 * count for count in range(1, 6)])

    run(body())


def test_a_refusal_of_one_call_holds_back_the_others_of_the_provider() -> None:
    script = Script(LIMITED, {"id": 1}, {"id": 2})

    async def body() -> None:
        loop = asyncio.get_running_loop()
        api = SoftLayerApi(SETTINGS, CancellationToken(), RetryPolicy(attempts=1), lambda _: script)
        with pytest.raises(RateLimitedError):
            await api.read("Account", "getObject")
        started = loop.time()
        await asyncio.gather(api.read("Account", "getObject"), api.read("Account", "getObject"))
        assert loop.time() - started > WINDOW

    asyncio.run(body())


def test_the_highest_rate_to_be_set_leaves_room_for_the_call_at_once() -> None:
    settings_ = replace(SETTINGS, rate_limit=49)

    async def body() -> None:
        limit = RateLimit(settings_.rate_limit)
        loop = asyncio.get_running_loop()
        for _ in range(50):
            await limit.take()
        assert loop.time() == pytest.approx(1.0)

    run(body())
