"""An account of so many servers, of either kind, that counts its calls."""

import asyncio
from collections.abc import Coroutine, Mapping
from typing import Any, Generic, TypeVar

from SoftLayer.transports.transport import SoftLayerListResult

from provider.errors import InterruptedCallError, NotFoundError
from provider.resources.servers.listings import GUESTS, METAL
from provider.softlayer.server_listing import Key, ServerListing
from tests.support.virtual_time import VirtualTimeLoop

T = TypeVar("T")
KINDS: tuple[ServerListing[Any], ...] = (GUESTS, METAL)


class CountedAccount(Generic[Key]):
    """Answers the calls of one listing.

    Attributes:
        servers: by what they are known by.
        lists: list calls so far.
        gets: calls of single servers so far.
        broken: whether calls fail.
        unlisted: the servers that lists lack.
        unreadable: the servers that their own id does not find.
    """

    def __init__(self, listing: ServerListing[Key], count: int) -> None:
        self.listing = listing
        self.servers = {
            key(listing, number): {"id": number, listing.key: key(listing, number), "domain": "example.com"}
            for number in range(1, count + 1)
        }
        self.lists = 0
        self.gets = 0
        self.broken = False
        self.unlisted: set[Key] = set()
        self.unreadable: set[Key] = set()

    async def read(self, service: str, method: str, *args: object, **options: Any) -> object:  # noqa: ANN401
        await asyncio.sleep(0.2)
        if self.broken:
            raise InterruptedCallError("down")
        if (service, method) == (self.listing.service, "getObject"):
            self.gets += 1
            if options["id"] not in self.servers or options["id"] in self.unreadable:
                raise NotFoundError("gone")
            return dict(self.servers[options["id"]])
        assert (service, method) == ("Account", self.listing.method)
        self.lists += 1
        conditions: Mapping[str, Mapping[str, Any]] = options["filter"][self.listing.root]
        chosen = [server for server_key, server in self.servers.items() if server_key not in self.unlisted]
        for name, condition in conditions.items():
            if condition["operation"] == "in":
                values = frozenset(condition["options"][0]["value"])
                chosen = [server for server in chosen if server[name] in values]
        offset, limit = options.get("offset", 0), options.get("limit", len(chosen))
        page = [dict(server) for server in chosen[offset : offset + limit]]
        return SoftLayerListResult(page, len(chosen))


def key(listing: ServerListing[Key], number: int) -> Any:  # noqa: ANN401 - of either kind
    """What the server of that number is known by."""
    return number if listing.key == "id" else f"global-{number}"


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run it in time that costs nothing."""
    loop = VirtualTimeLoop()
    try:
        return loop.run_until_complete(work)
    finally:
        loop.end()
