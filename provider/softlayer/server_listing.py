"""How an account lists its servers of one kind, and what each of them is known by."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from provider.softlayer.records import Record, as_records

Key = TypeVar("Key", bound=int | str)


class ApiReader(Protocol):
    """The part of `SoftLayerApi` that is used."""

    async def read(self, service: str, method: str, *args: object, **options: object) -> object:
        """Call something that changes nothing."""


@dataclass(frozen=True)
class ServerListing(Generic[Key]):
    """One kind of server.

    Attributes:
        method: Method of SoftLayer_Account that lists the servers.
        root: Key under which the list's filter is.
        service: Service whose getObject returns a single server.
        key: The property that a server is known by; the service takes it as an id, the list filters by it.
        key_at: Returns that property of a record; None or "" where it has none.
        mask: The relations that a resource is made of.
        watched: The relations that show how far a server is.
    """

    method: str
    root: str
    service: str
    key: str
    key_at: Callable[[Record, str], Key | None]
    mask: str
    watched: str

    def filter_for(self, keys: Iterable[Key]) -> dict[str, object]:
        """Return the filter, without its root, that leaves these servers."""
        return {self.key: among(keys)}

    def by_key(self, answer: object) -> dict[Key, Record]:
        """Return a list's servers by what they are known by."""
        servers: dict[Key, Record] = {}
        for server in as_records(answer):
            key = self.key_at(server, self.key)
            if key:
                servers[key] = server
        return servers


def among(values: Iterable[object]) -> dict[str, object]:
    """Return the filter's condition that a property is one of these values."""
    return {"operation": "in", "options": [{"name": "data", "value": list(values)}]}
