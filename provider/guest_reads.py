"""Reads of servers, shared: what is asked for at about the same time is one list call.

A refresh of many servers reads whole pages ahead, since the engine asks for a few at a time only.
"""

import asyncio
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from provider.errors import ApiError, CancelledError, NotFoundError
from provider.records import Record, as_record, as_records, whole_at
from provider.stop import Stop

PAGE = 100
"""Guests a call (the official client's own page)."""
GATHER = 0.02
"""Seconds to wait for others to ask as well (choice)."""
FRESH = 30.0
"""Seconds for which what was read ahead is good enough for a refresh (choice)."""
ROUNDS = 2
"""Shared reads before reading ahead: fewer are no refresh of many."""
MANY = 32
PAGES_FOR_MANY = 5
"""So many guests asked for at once are a refresh of many, worth so many pages, from the first read on."""
PAGES = 20
PAGES_A_ROUND = 4
"""Reading ahead may cost this many calls, or this many for each shared read so far (choices)."""


class Reads(Protocol):
    """The part of `SoftLayerApi` that is used."""

    async def read(self, service: str, method: str, *args: object, **options: object) -> object:
        """Call something that changes nothing."""


@dataclass
class _Ahead:
    """What was read ahead.

    Attributes:
        guests: by id.
        until: the loop's time up to which they are fresh.
        rounds: shared reads so far.
        pages: that reading ahead takes, as far as known.
        last: when the last of them was.
    """

    guests: dict[int, Record] = field(default_factory=dict)
    until: float = -math.inf
    rounds: int = 0
    pages: int = 0
    last: float = -math.inf


class GuestReads:
    """Hands out guests; each read is a call, or a part of one."""

    def __init__(self, api: Reads, stop: Stop, mask: str) -> None:
        """Nothing is called yet.

        Args:
            api: calls.
            stop: ends waits on Cancel.
            mask: the relations wanted.
        """
        self._api = api
        self._stop = stop
        self._mask = mask
        self._asked: dict[int, asyncio.Future[Record | None]] = {}
        self._domains: set[str] = set()
        self._exact: set[int] = set()
        self._gathering: asyncio.Task[None] | None = None
        self._ahead = _Ahead()

    async def now(self, guest_id: int) -> Record:
        """The guest as of a call that starts from now on.

        Raises:
            NotFoundError: there is no such guest; certain, since a list that lacks it is not believed.
            ApiError: the call failed for good.
            CancelledError: Cancel came.
        """
        return await self._ask(guest_id, "")

    async def lately(self, guest_id: int, domain: str) -> Record:
        """The guest as it was within the last `FRESH` seconds; else as `now`.

        Args:
            guest_id: its id.
            domain: its domain as far as known, which narrows what is read ahead.
        """
        found = self._read_before(guest_id)
        return found if found is not None else await self._ask(guest_id, domain)

    def forget(self, guest_id: int) -> None:
        """The guest is changed by this process: what was read ahead of it is old."""
        self._ahead.guests.pop(guest_id, None)

    def _read_before(self, guest_id: int) -> Record | None:
        """What was read ahead of a guest, while it is fresh."""
        fresh = asyncio.get_running_loop().time() < self._ahead.until
        return self._ahead.guests.get(guest_id) if fresh else None

    async def _ask(self, guest_id: int, domain: str) -> Record:
        future = self._asked.get(guest_id)
        if future is None:
            future = self._asked[guest_id] = asyncio.get_running_loop().create_future()
        if domain:
            self._domains.add(domain)
        else:
            self._exact.add(guest_id)
        if self._gathering is None or self._gathering.done():
            self._gathering = asyncio.ensure_future(self._gather())
        found = await self._stop.race(asyncio.shield(future))
        return found if found is not None else await self._one(guest_id)

    async def _gather(self) -> None:
        """Serve in rounds; who asks during one is part of the next."""
        while self._asked:
            await asyncio.sleep(GATHER)
            asked, self._asked = self._asked, {}
            domains, self._domains = self._domains, set()
            exact, self._exact = self._exact, set()
            try:
                found = {
                    one: known for one in asked if one not in exact and (known := self._read_before(one))
                }
                found |= await self._round(tuple(one for one in asked if one not in found), domains)
            except (ApiError, CancelledError) as error:
                for future in asked.values():
                    future.set_exception(error)
                    future.exception()  # taken here too: a reader may be gone since Cancel
                continue
            for guest_id, future in asked.items():
                future.set_result(found.get(guest_id))

    async def _round(self, ids: tuple[int, ...], domains: set[str]) -> dict[int, Record]:
        if len(ids) <= 1:
            return {}
        found: dict[int, Record] = {}
        if domains and await self._read_ahead(domains, len(ids)):
            found.update(self._ahead.guests)
            ids = tuple(one for one in ids if one not in found)
        chunks = [ids[start : start + PAGE] for start in range(0, len(ids), PAGE)]
        pages = await asyncio.gather(*(self._list({"id": _among(chunk)}) for chunk in chunks))
        for page in pages:
            found.update(_by_id(page))
        return found

    async def _read_ahead(self, domains: set[str], asked: int) -> bool:
        """Read all guests of the domains where that is worth it; whether it was."""
        ahead, now = self._ahead, asyncio.get_running_loop().time()
        if now - ahead.last > FRESH:
            ahead = self._ahead = _Ahead()
        ahead.last = now
        ahead.rounds += 1
        most = max(PAGES, PAGES_A_ROUND * ahead.rounds)
        if ahead.rounds <= ROUNDS:
            most = asked // MANY * PAGES_FOR_MANY
        if most == 0 or ahead.pages > most:
            return False
        wanted = {"domain": _among(sorted(domains)), "id": {"operation": "orderBy"}}
        first = await self._list(wanted, 0)
        ahead.pages = math.ceil(int(getattr(first, "total_count", 0)) / PAGE)
        if ahead.pages > most:
            return False
        others = (self._list(wanted, start * PAGE) for start in range(1, ahead.pages))
        ahead.guests = {
            key: one for page in (first, *await asyncio.gather(*others)) for key, one in _by_id(page).items()
        }
        ahead.until = now + FRESH
        return True

    async def _list(self, wanted: dict[str, object], offset: int = 0) -> object:
        return await self._api.read(
            "Account",
            "getVirtualGuests",
            mask=self._mask,
            filter={"virtualGuests": wanted},
            limit=PAGE,
            offset=offset,
        )

    async def _one(self, guest_id: int) -> Record:
        found = as_record(await self._api.read("Virtual_Guest", "getObject", id=guest_id, mask=self._mask))
        if not found:
            raise NotFoundError(f"Virtual_Guest::getObject: the answer for {guest_id} is empty.")
        return found


def _among(values: Iterable[object]) -> dict[str, object]:
    return {"operation": "in", "options": [{"name": "data", "value": list(values)}]}


def _by_id(answer: object) -> dict[int, Record]:
    records = ((whole_at(one, "id"), one) for one in as_records(answer))
    return {number: one for number, one in records if number is not None}
