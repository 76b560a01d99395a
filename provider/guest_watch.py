"""One poll for all servers that are waited for, so that N servers cost as many calls as one."""

import asyncio
import contextlib
from typing import Protocol

from provider.errors import ApiError, CancelledError
from provider.records import Record, as_records, whole_at
from provider.stop import Stop

MASK = (
    "mask[id,hostname,domain,provisionDate,privateNetworkOnlyFlag,primaryIpAddress,primaryBackendIpAddress,"
    "status[keyName],billingItem[id],activeTransaction[id,transactionStatus[name,friendlyName]]]"
)
CHUNK = 100
"""Guests in one filter (choice: keeps the request small)."""


class Reads(Protocol):
    """The part of `SoftLayerApi` that is used."""

    async def read(self, service: str, method: str, *args: object, **options: object) -> object:
        """Call something that changes nothing."""


class GuestWatch:
    """Hands out looks at guests; looks asked for at about the same time share one list call."""

    def __init__(self, api: Reads, stop: Stop) -> None:
        self._api = api
        self._stop = stop
        self._waiting: dict[int, list[tuple[float, asyncio.Future[Record | None]]]] = {}
        self._poll: asyncio.Task[None] | None = None
        self._earlier = asyncio.Event()

    async def look(self, guest_id: int, after: float) -> Record | None:
        """The guest as of a poll that starts in `after` seconds at the latest.

        It may start earlier, when another server's look is due.

        Returns:
            The guest with the relations of `MASK`, or None when the account's list does not have it.

        Raises:
            ApiError: the poll failed for good.
            CancelledError: Cancel came.
        """
        future: asyncio.Future[Record | None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(guest_id, []).append((asyncio.get_running_loop().time() + after, future))
        self._earlier.set()
        if self._poll is None or self._poll.done():
            self._poll = asyncio.ensure_future(self._run())
        return await self._stop.race(future)

    async def _run(self) -> None:
        while self._waiting:
            due = min(moment for looks in self._waiting.values() for moment, _ in looks)
            delay = due - asyncio.get_running_loop().time()
            if delay > 0:
                self._earlier.clear()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._earlier.wait(), delay)
                continue
            served, self._waiting = self._waiting, {}
            try:
                found = await self._list(sorted(served))
            except (ApiError, CancelledError) as error:
                for _, future in (look for looks in served.values() for look in looks):
                    if not future.done():
                        future.set_exception(error)
                continue
            for guest_id, looks in served.items():
                for _, future in looks:
                    if not future.done():
                        future.set_result(found.get(guest_id))

    async def _list(self, ids: list[int]) -> dict[int, Record]:
        found: dict[int, Record] = {}
        for start in range(0, len(ids), CHUNK):
            chunk = ids[start : start + CHUNK]
            chosen = {"operation": "in", "options": [{"name": "data", "value": chunk}]}
            answer = await self._api.read(
                "Account", "getVirtualGuests", mask=MASK, filter={"virtualGuests": {"id": chosen}}
            )
            for guest in as_records(answer):
                guest_id = whole_at(guest, "id")
                if guest_id is not None:
                    found[guest_id] = guest
        return found
