"""The shared poll: what waiting for many costs, and what becomes of a server that lists lack."""

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from provider.cancellation_token import CancellationToken
from provider.errors import CancelledError, InterruptedCallError, NotFoundError, WaitTimeoutError
from provider.resources.bare_metal import wait as bare_metal_wait
from provider.resources.servers.wait import UNLISTED
from provider.resources.virtual_guest import wait as guest_wait
from provider.session import Session
from provider.softlayer.server_listing import ServerListing
from provider.softlayer.server_watch import ServerWatch
from provider.softlayer.servers import Servers
from tests.support.provider.provider_session import session
from tests.unit.provider.softlayer.counted_account import KINDS, CountedAccount, key, run

Kind: TypeAlias = ServerListing[Any]
pytestmark = pytest.mark.parametrize("kind", KINDS, ids=lambda listing: listing.method)
READY = {
    "provisionDate": "2026-01-01T00:00:00+00:00",
    "primaryIpAddress": "192.0.2.1",
    "primaryBackendIpAddress": "10.0.0.1",
    "billingItem": {"id": 1},
}
BUSY = {"activeTransaction": {"transactionStatus": {"name": "SETUP"}}}


def opened(account: CountedAccount[Any], tmp_path: Path) -> Session:
    """A session whose servers are the account's, and the rest of it cannot be called."""
    opened_session = session(state_home=str(tmp_path))
    servers = Servers[Any].listed(account.listing, account, opened_session.stop)
    return replace(opened_session, guests=servers, metal=servers)


def ready(opened_session: Session, kind: Kind, number: int, seconds: float = 3600) -> Awaitable[Any]:
    """Wait for that server, as its resource does."""
    if kind.key == "id":
        return guest_wait.until_ready(opened_session, "urn", key(kind, number), seconds)
    return bare_metal_wait.until_ready(opened_session, "urn", key(kind, number), seconds)


async def finish(account: CountedAccount[Any], after: float) -> None:
    """All servers are provisioned at once."""
    for server in account.servers.values():
        server.update(BUSY)
    await asyncio.sleep(after)
    for server in account.servers.values():
        del server["activeTransaction"]
        server.update(READY)


def test_looks_requested_at_about_the_same_time_are_one_call(kind: Kind) -> None:
    async def body() -> None:
        account = CountedAccount(kind, 39)
        watch = ServerWatch(kind, account, CancellationToken())
        servers = await asyncio.gather(*(watch.observe(key(kind, number), 0.05) for number in range(1, 42)))
        assert [server and server["id"] for server in servers] == [*range(1, 40), None, None]
        assert (account.lists, account.gets) == (1, 0)

    run(body())


def test_waiting_for_many_costs_the_list_calls_of_waiting_for_one(kind: Kind, tmp_path: Path) -> None:
    def cost(count: int) -> tuple[int, int]:
        async def body() -> tuple[int, int]:
            account = CountedAccount(kind, count)
            opened_session = opened(account, tmp_path)
            waits = (ready(opened_session, kind, number) for number in range(1, count + 1))
            servers = await asyncio.gather(finish(account, 600), *waits)
            assert [server["id"] for server in servers[1:]] == [*range(1, count + 1)]
            return account.lists, account.gets

        return run(body())

    lists, gets = cost(100)
    assert gets == 0
    assert lists <= cost(1)[0] + 1, "one shared read of all, at the end"


def test_a_server_that_only_lists_lack_is_waited_for_by_itself(kind: Kind, tmp_path: Path) -> None:
    async def body() -> None:
        account = CountedAccount(kind, 1)
        account.servers[key(kind, 1)].update(READY)
        account.unlisted.add(key(kind, 1))
        assert (await ready(opened(account, tmp_path), kind, 1))["id"] == 1
        assert asyncio.get_running_loop().time() > UNLISTED

    run(body())


def test_a_server_that_was_listed_and_is_gone_is_reported_at_once(kind: Kind, tmp_path: Path) -> None:
    async def body() -> None:
        account = CountedAccount(kind, 1)
        account.servers[key(kind, 1)].update(BUSY)
        asyncio.get_running_loop().call_later(2, account.servers.clear)
        with pytest.raises(NotFoundError, match=f"server {key(kind, 1)} is gone from the account"):
            await ready(opened(account, tmp_path), kind, 1)
        assert asyncio.get_running_loop().time() < 5
        assert account.gets == 1

    run(body())


def test_a_server_that_is_never_listed_nor_there_is_reported_after_a_while(
    kind: Kind, tmp_path: Path
) -> None:
    async def body() -> None:
        with pytest.raises(NotFoundError, match="is gone from the account"):
            await ready(opened(CountedAccount(kind, 0), tmp_path), kind, 1)
        assert asyncio.get_running_loop().time() > UNLISTED

    run(body())


def test_a_transaction_that_begins_between_look_and_read_is_waited_out(kind: Kind, tmp_path: Path) -> None:
    async def body() -> None:
        account = CountedAccount(kind, 1)
        server = account.servers[key(kind, 1)]
        server.update(READY)
        reads = account.read

        async def read(service: str, method: str, *args: object, **options: Any) -> object:  # noqa: ANN401
            if method == "getObject" and not account.gets:
                server.update(BUSY)
                asyncio.get_running_loop().call_later(60, lambda: server.pop("activeTransaction"))
            return await reads(service, method, *args, **options)

        account.read = read  # type: ignore[method-assign]
        assert "activeTransaction" not in await ready(opened(account, tmp_path), kind, 1)
        assert asyncio.get_running_loop().time() > 60
        assert account.gets == 2

    run(body())


def test_pauses_grow_up_to_the_kind_s_longest(kind: Kind, tmp_path: Path) -> None:
    async def body() -> int:
        account = CountedAccount(kind, 1)
        account.servers[key(kind, 1)].update(BUSY)
        with pytest.raises(WaitTimeoutError, match=r"not ready within 7200 s \(now: SETUP\)"):
            await ready(opened(account, tmp_path), kind, 1, 7200)
        return account.lists

    longest = guest_wait.LONGEST_PAUSE if kind.key == "id" else bare_metal_wait.LONGEST_PAUSE
    assert 7200 / (longest + 0.2) <= run(body()) <= 7200 / longest + 15


def test_a_failed_poll_fails_all_who_share_it_and_the_next_works(kind: Kind) -> None:
    async def body() -> None:
        account = CountedAccount(kind, 2)
        watch = ServerWatch(kind, account, CancellationToken())
        account.broken = True
        both = [watch.observe(key(kind, number), 0.1) for number in (1, 2)]
        results = await asyncio.gather(*both, return_exceptions=True)
        assert all(isinstance(result, InterruptedCallError) for result in results)
        account.broken = False
        assert await watch.observe(key(kind, 1), 0.1)

    run(body())


def test_cancel_ends_every_wait_at_once(kind: Kind, tmp_path: Path) -> None:
    async def body() -> None:
        account = CountedAccount(kind, 3)
        for server in account.servers.values():
            server.update(BUSY)
        opened_session = opened(account, tmp_path)
        asyncio.get_running_loop().call_later(600, opened_session.stop.cancel)
        waits = (ready(opened_session, kind, number) for number in (1, 2, 3))
        ends = await asyncio.gather(*waits, return_exceptions=True)
        assert all(isinstance(end, CancelledError) for end in ends)
        assert asyncio.get_running_loop().time() < 600.1

    run(body())
