"""One poll for all servers that are waited for, so that N servers cost as many calls as one."""

import asyncio
import contextlib
from typing import Generic

from provider.cancellation_token import CancellationToken
from provider.errors import ApiError, CancelledError
from provider.softlayer.records import Record
from provider.softlayer.server_listing import ApiReader, Key, ServerListing

CHUNK = 100
"""Servers in one filter (choice: keeps the request small)."""


class ServerWatch(Generic[Key]):
    """Shares reads of servers: requests at about the same time become one list call."""

    def __init__(self, listing: ServerListing[Key], api: ApiReader, stop: CancellationToken) -> None:
        """Nothing is called yet.

        Args:
            listing: The kind of servers.
            api: Client of the API.
            stop: Stop that ends waits on Cancel.
        """
        self._listing: ServerListing[Key] = listing
        self._api = api
        self._stop = stop
        self._waiting: dict[Key, list[tuple[float, asyncio.Future[Record | None]]]] = {}
        self._poll: asyncio.Task[None] | None = None
        self._earlier = asyncio.Event()

    async def observe(self, key: Key, after: float) -> Record | None:
        """Return the server as of a poll that starts in `after` seconds at the latest.

        It may start earlier, when another server's look is due.

        Returns:
            The server with the listing's `watched` relations, or None when the account's list lacks it.

        Raises:
            ApiError: The poll failed for good.
            CancelledError: Cancel came.
        """
        future: asyncio.Future[Record | None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(key, []).append((asyncio.get_running_loop().time() + after, future))
        self._earlier.set()
        if self._poll is None or self._poll.done():
            self._poll = asyncio.ensure_future(self._run())
        return await self._stop.race(future)

    async def _run(self) -> None:
        while self._waiting:
            due = min(due_time for requests in self._waiting.values() for due_time, _ in requests)
            delay = due - asyncio.get_running_loop().time()
            if delay > 0:
                self._earlier.clear()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._earlier.wait(), delay)
                continue
            served, self._waiting = self._waiting, {}
            try:
                servers = await self._list(list(served))
            except (ApiError, CancelledError) as error:
                for _, future in (request for requests in served.values() for request in requests):
                    if not future.done():
                        future.set_exception(error)
                continue
            for key, requests in served.items():
                for _, future in requests:
                    if not future.done():
                        future.set_result(servers.get(key))

    async def _list(self, keys: list[Key]) -> dict[Key, Record]:
        servers: dict[Key, Record] = {}
        for start in range(0, len(keys), CHUNK):
            answer = await self._api.read(
                "Account",
                self._listing.method,
                mask=self._listing.watched,
                filter={self._listing.root: self._listing.filter_for(keys[start : start + CHUNK])},
            )
            servers |= self._listing.by_key(answer)
        return servers
