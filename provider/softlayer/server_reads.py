"""Reads of servers, shared: requests at about the same time become one list call.

A refresh of many servers reads whole pages ahead, since the engine asks for a few at a time only.
"""

import asyncio
import math
from dataclasses import dataclass, field
from typing import Generic

from provider.cancellation_token import CancellationToken
from provider.errors import ApiError, CancelledError, NotFoundError
from provider.softlayer.records import Record, as_record
from provider.softlayer.server_listing import ApiReader, Key, ServerListing, among

PAGE = 100
"""Servers a call (the official client's own page)."""
GATHER = 0.02
"""Seconds to wait for others to ask as well (choice)."""
FRESH = 30.0
"""Seconds for which what was read ahead is good enough for a refresh (choice)."""
ROUNDS = 2
"""Shared reads before reading ahead: fewer are no refresh of many."""
MANY = 32
PAGES_FOR_MANY = 5
"""So many servers asked for at once are a refresh of many, worth so many pages, from the first read on."""
PAGES = 20
PAGES_A_ROUND = 4
"""Reading ahead may cost this many calls, or this many for each shared read so far (choices)."""


@dataclass
class _Ahead(Generic[Key]):
    """What was read ahead.

    Attributes:
        servers: Servers by their keys.
        until: The loop's time up to which they are fresh.
        rounds: Shared reads so far.
        pages: Number of pages that reading ahead takes, as far as known.
        last: Time of the last reading ahead.
    """

    servers: dict[Key, Record] = field(default_factory=dict)
    until: float = -math.inf
    rounds: int = 0
    pages: int = 0
    last: float = -math.inf


class ServerReads(Generic[Key]):
    """Hands out servers; each read is a call, or a part of one."""

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
        self._requests: dict[Key, asyncio.Future[Record | None]] = {}
        self._domains: set[str] = set()
        self._exact: set[Key] = set()
        self._unlisted: set[Key] = set()
        self._gathering: asyncio.Task[None] | None = None
        self._ahead: _Ahead[Key] = _Ahead()

    async def now(self, key: Key) -> Record:
        """Return the server as of a call that starts from now on.

        Raises:
            NotFoundError: The server does not exist, which is certain, since neither its id nor the list has
                it.
            ApiError: The call failed for good.
            CancelledError: Cancel came.
        """
        return await self._ask(key, "")

    async def recent(self, key: Key, domain: str) -> Record:
        """Return the server as it was within the last `FRESH` seconds; else as `now`.

        Args:
            key: Key of the server.
            domain: Domain of the server as far as known, which narrows what is read ahead.
        """
        server = self._read_before(key)
        return server if server is not None else await self._ask(key, domain)

    def forget(self, key: Key) -> None:
        """Forget what was read ahead of a server, which this process changes."""
        self._ahead.servers.pop(key, None)

    def _read_before(self, key: Key) -> Record | None:
        """Return what was read ahead of a server, while it is fresh."""
        fresh = asyncio.get_running_loop().time() < self._ahead.until
        return self._ahead.servers.get(key) if fresh else None

    async def _ask(self, key: Key, domain: str) -> Record:
        future = self._requests.get(key)
        if future is None:
            future = self._requests[key] = asyncio.get_running_loop().create_future()
        if domain:
            self._domains.add(domain)
        else:
            self._exact.add(key)
        if self._gathering is None or self._gathering.done():
            self._gathering = asyncio.ensure_future(self._gather())
        server = await self._stop.race(asyncio.shield(future))
        return server if server is not None else await self._fetch(key, listed=key in self._unlisted)

    async def _gather(self) -> None:
        """Serve in rounds; a request during one is part of the next."""
        while self._requests:
            await asyncio.sleep(GATHER)
            requests, self._requests = self._requests, {}
            domains, self._domains = self._domains, set()
            exact, self._exact = self._exact, set()
            try:
                servers = {
                    key: server for key in requests if key not in exact and (server := self._read_before(key))
                }
                missing = tuple(key for key in requests if key not in servers)
                servers |= await self._round(missing, domains)
                self._unlisted = {key for key in missing if len(missing) > 1 and key not in servers}
            except (ApiError, CancelledError) as error:
                for future in requests.values():
                    future.set_exception(error)
                    future.exception()  # taken here too: a reader may be gone since Cancel
                continue
            for key, future in requests.items():
                future.set_result(servers.get(key))

    async def _round(self, keys: tuple[Key, ...], domains: set[str]) -> dict[Key, Record]:
        if len(keys) <= 1:
            return {}
        servers: dict[Key, Record] = {}
        if domains and await self._read_ahead(domains, len(keys)):
            servers.update(self._ahead.servers)
            keys = tuple(key for key in keys if key not in servers)
        chunks = [keys[start : start + PAGE] for start in range(0, len(keys), PAGE)]
        pages = await asyncio.gather(*(self._list(self._listing.filter_for(chunk)) for chunk in chunks))
        for page in pages:
            servers.update(self._listing.by_key(page))
        return servers

    async def _read_ahead(self, domains: set[str], requests: int) -> bool:
        """Read all servers of the domains where that is worth it; whether it was."""
        ahead = self._ahead
        now = asyncio.get_running_loop().time()
        if now - ahead.last > FRESH:
            ahead = self._ahead = _Ahead()
        ahead.last = now
        ahead.rounds += 1
        most = max(PAGES, PAGES_A_ROUND * ahead.rounds)
        if ahead.rounds <= ROUNDS:
            most = requests // MANY * PAGES_FOR_MANY
        if most == 0 or ahead.pages > most:
            return False
        condition = {"domain": among(sorted(domains)), "id": {"operation": "orderBy"}}
        first = await self._list(condition, 0)
        ahead.pages = math.ceil(int(getattr(first, "total_count", 0)) / PAGE)
        if ahead.pages > most:
            return False
        starts = range(PAGE, ahead.pages * PAGE, PAGE)
        later_pages = await asyncio.gather(*(self._list(condition, start) for start in starts))
        ahead.servers = {}
        for page in (first, *later_pages):
            ahead.servers.update(self._listing.by_key(page))
        ahead.until = now + FRESH
        return True

    async def _list(self, condition: dict[str, object], offset: int = 0) -> object:
        return await self._api.read(
            "Account",
            self._listing.method,
            mask=self._listing.mask,
            filter={self._listing.root: condition},
            limit=PAGE,
            offset=offset,
        )

    async def _fetch(self, key: Key, *, listed: bool) -> Record:
        """Return the server by itself; one that is not found is looked for in the account's list as well.

        Args:
            key: Key of the server.
            listed: Whether the list was read a moment ago, and lacked it.
        """
        service = self._listing.service
        missing = NotFoundError(f"{service}::getObject: the answer for {key} is empty.")
        try:
            server = as_record(await self._api.read(service, "getObject", id=key, mask=self._listing.mask))
        except NotFoundError as error:
            server, missing = {}, error
        if not server and not listed:
            server = self._listing.by_key(await self._list(self._listing.filter_for((key,)))).get(key, {})
        if not server:
            raise missing
        return server
