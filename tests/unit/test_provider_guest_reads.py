"""Shared reads: how many calls they cost, and that none of them is believed too long or too easily."""

import asyncio
from collections.abc import Coroutine, Mapping
from typing import Any, TypeVar

import pytest
from SoftLayer.transports.transport import SoftLayerListResult

from provider.errors import CancelledError, InterruptedCallError, NotFoundError
from provider.guest_reads import FRESH, GuestReads
from provider.stop import Stop
from tests.provider.virtual_time import VirtualTimeLoop

T = TypeVar("T")


class Account:
    """An account of so many guests, in one domain or two, that counts its calls."""

    def __init__(self, count: int) -> None:
        self.guests = {number: {"id": number, "domain": "example.com"} for number in range(1, count + 1)}
        self.lists = 0
        self.gets = 0
        self.broken = False

    async def read(self, service: str, method: str, *args: object, **options: Any) -> object:  # noqa: ANN401
        await asyncio.sleep(0.2)
        if self.broken:
            raise InterruptedCallError("down")
        if method == "getObject":
            self.gets += 1
            if options["id"] not in self.guests:
                raise NotFoundError("gone")
            return dict(self.guests[options["id"]])
        self.lists += 1
        wanted: Mapping[str, Mapping[str, Any]] = options["filter"]["virtualGuests"]
        chosen = [
            one
            for one in self.guests.values()
            if all(
                one[name] in condition["options"][0]["value"]
                for name, condition in wanted.items()
                if condition["operation"] == "in"
            )
        ]
        page = chosen[options["offset"] : options["offset"] + options["limit"]]
        return SoftLayerListResult([dict(one) for one in page], len(chosen))


def run(work: Coroutine[Any, Any, T]) -> T:
    loop = VirtualTimeLoop()
    try:
        return loop.run_until_complete(work)
    finally:
        loop.end()


async def refresh(reads: GuestReads, ids: range, at_once: int) -> list[object]:
    """As the engine: some at once, the next as soon as one is done."""
    places = asyncio.Semaphore(at_once)

    async def one(number: int) -> object:
        async with places:
            return (await reads.lately(number, "example.com"))["id"]

    return list(await asyncio.gather(*(one(number) for number in ids)))


@pytest.mark.parametrize("at_once", [8, 16, 500])
def test_a_refresh_of_500_servers_costs_a_call_for_each_hundred_and_two(at_once: int) -> None:
    async def body() -> Account:
        account = Account(500)
        ids = range(1, 501)
        assert await refresh(GuestReads(account, Stop(), "mask[id]"), ids, at_once) == list(ids)
        return account

    account = run(body())
    assert account.lists <= 7
    assert account.gets == 0


def test_in_a_large_account_reading_ahead_waits_until_it_pays() -> None:
    async def body() -> int:
        account = Account(100_000)
        await refresh(GuestReads(account, Stop(), "mask[id]"), range(1, 81), 8)
        return account.lists

    assert run(body()) <= 10 + 1


def test_one_alone_is_read_by_its_id_and_anew_each_time() -> None:
    async def body() -> None:
        account = Account(3)
        reads = GuestReads(account, Stop(), "mask[id]")
        for count in range(1, 8):
            assert (await reads.lately(2, "example.com"))["id"] == 2
            assert (account.gets, account.lists) == (count, 0)

    run(body())


def test_a_server_that_a_list_lacks_is_asked_for_before_it_counts_as_gone() -> None:
    async def body() -> None:
        account = Account(3)
        reads = GuestReads(account, Stop(), "mask[id]")
        found = await asyncio.gather(*(reads.now(number) for number in (1, 2, 9)), return_exceptions=True)
        assert [one["id"] for one in found[:2] if isinstance(one, dict)] == [1, 2]
        assert isinstance(found[2], NotFoundError)
        assert (account.lists, account.gets) == (1, 1)

    run(body())


def test_what_was_read_ahead_serves_neither_for_long_nor_after_a_change_nor_for_now() -> None:
    async def body() -> None:
        account = Account(40)
        reads = GuestReads(account, Stop(), "mask[id]")
        await refresh(reads, range(1, 41), 8)
        calls = account.lists
        assert await refresh(reads, range(1, 41), 8)
        assert account.lists == calls
        account.guests[1]["domain"] = "example.org"
        assert (await reads.lately(1, "example.com"))["domain"] == "example.com"
        assert (await reads.now(1))["domain"] == "example.org"
        reads.forget(1)
        assert (await reads.lately(1, "example.com"))["domain"] == "example.org"
        await asyncio.sleep(FRESH)
        account.guests[2]["domain"] = "example.org"
        assert (await reads.lately(2, "example.com"))["domain"] == "example.org"

    run(body())


def test_reads_now_are_never_served_what_was_read_ahead() -> None:
    async def body() -> None:
        account = Account(40)
        reads = GuestReads(account, Stop(), "mask[id]")
        await refresh(reads, range(1, 41), 8)
        del account.guests[1]
        found = await asyncio.gather(reads.now(1), reads.now(2), return_exceptions=True)
        assert isinstance(found[0], NotFoundError)

    run(body())


def test_a_failed_read_fails_all_who_share_it_and_the_next_works() -> None:
    async def body() -> None:
        account = Account(3)
        reads = GuestReads(account, Stop(), "mask[id]")
        account.broken = True
        found = await asyncio.gather(reads.now(1), reads.now(2), return_exceptions=True)
        assert all(isinstance(one, InterruptedCallError) for one in found)
        account.broken = False
        assert (await reads.now(1))["id"] == 1

    run(body())


def test_cancel_ends_a_shared_read() -> None:
    async def body() -> None:
        stop = Stop()
        reads = GuestReads(Account(3), stop, "mask[id]")
        asyncio.get_running_loop().call_later(0.1, stop.throw)
        for one in await asyncio.gather(reads.now(1), reads.now(2), return_exceptions=True):
            assert isinstance(one, CancelledError)
        assert asyncio.get_running_loop().time() < 0.2

    run(body())
