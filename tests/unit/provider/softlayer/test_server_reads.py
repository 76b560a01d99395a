"""Shared reads: how many calls they cost, and that none of them is believed too long or too easily."""

import asyncio
from typing import Any, TypeAlias

import pytest

from provider.cancellation_token import CancellationToken
from provider.errors import CancelledError, InterruptedCallError, NotFoundError
from provider.softlayer.server_listing import ServerListing
from provider.softlayer.server_reads import FRESH, ServerReads
from tests.unit.provider.softlayer.counted_account import KINDS, CountedAccount, key, run

Kind: TypeAlias = ServerListing[Any]
pytestmark = pytest.mark.parametrize("kind", KINDS, ids=lambda listing: listing.method)


async def refresh(reads: ServerReads[Any], kind: Kind, ids: range, at_once: int) -> list[object]:
    """As the engine: some at once, the next as soon as one is done."""
    slots = asyncio.Semaphore(at_once)

    async def read_one(number: int) -> object:
        async with slots:
            return (await reads.recent(key(kind, number), "example.com"))["id"]

    return list(await asyncio.gather(*(read_one(number) for number in ids)))


@pytest.mark.parametrize("at_once", [8, 16, 500])
def test_a_refresh_of_500_servers_costs_a_call_for_each_hundred_and_two(kind: Kind, at_once: int) -> None:
    async def body() -> CountedAccount[Any]:
        account = CountedAccount(kind, 500)
        ids = range(1, 501)
        assert await refresh(ServerReads(kind, account, CancellationToken()), kind, ids, at_once) == list(ids)
        return account

    account = run(body())
    assert account.lists <= 7
    assert account.gets == 0


def test_in_a_large_account_reading_ahead_waits_until_it_pays(kind: Kind) -> None:
    async def body() -> int:
        account = CountedAccount(kind, 100_000)
        await refresh(ServerReads(kind, account, CancellationToken()), kind, range(1, 81), 8)
        return account.lists

    assert run(body()) <= 10 + 1


def test_one_alone_is_read_by_its_id_and_anew_each_time(kind: Kind) -> None:
    async def body() -> None:
        account = CountedAccount(kind, 3)
        reads = ServerReads(kind, account, CancellationToken())
        for count in range(1, 8):
            assert (await reads.recent(key(kind, 2), "example.com"))["id"] == 2
            assert (account.gets, account.lists) == (count, 0)

    run(body())


def test_a_server_that_a_list_lacks_is_requested_before_it_counts_as_gone(kind: Kind) -> None:
    async def body() -> None:
        account = CountedAccount(kind, 3)
        reads = ServerReads(kind, account, CancellationToken())
        results = await asyncio.gather(
            *(reads.now(key(kind, number)) for number in (1, 2, 9)), return_exceptions=True
        )
        assert [server["id"] for server in results[:2] if isinstance(server, dict)] == [1, 2]
        assert isinstance(results[2], NotFoundError)
        assert (account.lists, account.gets) == (1, 1)

    run(body())


def test_a_server_that_its_id_does_not_find_is_looked_for_in_the_list(kind: Kind) -> None:
    async def body() -> None:
        account = CountedAccount(kind, 3)
        account.unreadable = {key(kind, 2)}
        reads = ServerReads(kind, account, CancellationToken())
        assert (await reads.now(key(kind, 2)))["id"] == 2
        with pytest.raises(NotFoundError):
            await reads.now(key(kind, 9))

    run(body())


def test_what_was_read_ahead_serves_neither_for_long_nor_after_a_change_nor_for_now(kind: Kind) -> None:
    async def body() -> None:
        account = CountedAccount(kind, 40)
        reads = ServerReads(kind, account, CancellationToken())
        await refresh(reads, kind, range(1, 41), 8)
        calls = account.lists
        assert await refresh(reads, kind, range(1, 41), 8)
        assert account.lists == calls
        account.servers[key(kind, 1)]["domain"] = "example.org"
        assert (await reads.recent(key(kind, 1), "example.com"))["domain"] == "example.com"
        assert (await reads.now(key(kind, 1)))["domain"] == "example.org"
        reads.forget(key(kind, 1))
        assert (await reads.recent(key(kind, 1), "example.com"))["domain"] == "example.org"
        await asyncio.sleep(FRESH)
        account.servers[key(kind, 2)]["domain"] = "example.org"
        assert (await reads.recent(key(kind, 2), "example.com"))["domain"] == "example.org"

    run(body())


def test_reads_now_are_never_served_what_was_read_ahead(kind: Kind) -> None:
    async def body() -> None:
        account = CountedAccount(kind, 40)
        reads = ServerReads(kind, account, CancellationToken())
        await refresh(reads, kind, range(1, 41), 8)
        del account.servers[key(kind, 1)]
        results = await asyncio.gather(
            reads.now(key(kind, 1)), reads.now(key(kind, 2)), return_exceptions=True
        )
        assert isinstance(results[0], NotFoundError)

    run(body())


def test_a_failed_read_fails_all_who_share_it_and_the_next_works(kind: Kind) -> None:
    async def body() -> None:
        account = CountedAccount(kind, 3)
        reads = ServerReads(kind, account, CancellationToken())
        account.broken = True
        results = await asyncio.gather(
            reads.now(key(kind, 1)), reads.now(key(kind, 2)), return_exceptions=True
        )
        assert all(isinstance(result, InterruptedCallError) for result in results)
        account.broken = False
        assert (await reads.now(key(kind, 1)))["id"] == 1

    run(body())


def test_cancel_ends_a_shared_read(kind: Kind) -> None:
    async def body() -> None:
        stop = CancellationToken()
        reads = ServerReads(kind, CountedAccount(kind, 3), stop)
        asyncio.get_running_loop().call_later(0.1, stop.cancel)
        for result in await asyncio.gather(
            reads.now(key(kind, 1)), reads.now(key(kind, 2)), return_exceptions=True
        ):
            assert isinstance(result, CancelledError)
        assert asyncio.get_running_loop().time() < 0.2

    run(body())
