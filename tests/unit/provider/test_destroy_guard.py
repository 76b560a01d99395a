"""Servers wait for what keeps data, and stay where it was refused."""

import asyncio

import pytest

from provider.cancellation_token import CancellationToken
from provider.destroy_guard import GATHER, DestroyGuard
from provider.errors import ProviderError
from tests.unit.provider.softlayer.counted_account import run


async def judge(guard: DestroyGuard, seconds: float, refusal: str) -> None:
    async with guard.judging():
        await asyncio.sleep(seconds)
        if refusal:
            raise ProviderError(refusal)


@pytest.mark.parametrize("after", [0.0, GATHER / 2])
def test_a_refusal_in_the_same_batch_keeps_the_server(after: float) -> None:
    async def body() -> None:
        guard = DestroyGuard()
        server = asyncio.ensure_future(guard.check("Server 3", CancellationToken()))
        await asyncio.sleep(after)
        judged = await asyncio.gather(judge(guard, 5, "it holds images"), return_exceptions=True)
        assert isinstance(judged[0], ProviderError)
        with pytest.raises(ProviderError, match=r"Server 3 was not cancelled.*it holds images"):
            await server

    run(body())


def test_what_is_empty_holds_nobody_back() -> None:
    async def body() -> None:
        guard, loop = DestroyGuard(), asyncio.get_running_loop()
        started = loop.time()
        await asyncio.gather(
            judge(guard, 5, ""), judge(guard, 1, ""), guard.check("Server 3", CancellationToken())
        )
        assert loop.time() - started == pytest.approx(5, abs=0.1)
        await guard.check("Server 4", CancellationToken())

    run(body())
