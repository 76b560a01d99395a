"""Finds the servers that an account has under a resource's name, whichever state holds them.

A server that this provider orders is called HOSTNAME-TOKEN.DOMAIN and has its resource's tags. A stack whose
state is lost, or is older than the server, recognises it by them.
"""

from dataclasses import dataclass

from provider.orders.adoption import token_in
from provider.resources.bare_metal.view import metal_stage
from provider.resources.servers.listings import GUESTS, METAL
from provider.resources.virtual_guest.view import Stage, all_tags, stage
from provider.session import Session
from provider.softlayer.account import mark_hidden_billing
from provider.softlayer.records import Record, as_records, text_at, whole_at
from provider.softlayer.server_listing import Key, ServerListing


@dataclass(frozen=True)
class NamedServer:
    """A server of the account.

    Attributes:
        id: The Pulumi id that a resource of its kind would have.
        hostname: Host name without the order token, such as `dal05-a`.
        description: Full name and address, such as `dal05-a-k3jx2q7a.example.com (192.0.2.1)`.
        address: Public address as a dotted quad, or else the private one; "" before it has any.
        is_cancelled: Whether its cancellation is scheduled; until then it runs.
    """

    id: str
    hostname: str
    description: str
    address: str
    is_cancelled: bool


@dataclass(frozen=True)
class SearchedNames:
    """What the servers of a stack are known by.

    Attributes:
        hostnames: Host names without their order tokens, such as `dal05-a`.
        domain: The DNS domain of all of them.
        tags: The tags that each of them has, among others.
    """

    hostnames: frozenset[str]
    domain: str
    tags: frozenset[str]


async def search_guests(session: Session, names: SearchedNames) -> list[NamedServer]:
    """Return the virtual servers of these names that are not being reclaimed.

    Raises:
        ApiError: The account does not answer.
    """
    guests = await _search(session, GUESTS, names)
    return [
        _named(guest, str(whole_at(guest, GUESTS.key)))
        for guest in guests
        if stage(guest) is not Stage.LEAVING
    ]


async def search_metal(session: Session, names: SearchedNames) -> list[NamedServer]:
    """Return the bare metal servers of these names that are not being reclaimed.

    Raises:
        ApiError: The account does not answer.
    """
    servers = await _search(session, METAL, names)
    return [
        _named(server, text_at(server, METAL.key))
        for server in servers
        if metal_stage(server) is not Stage.LEAVING
    ]


async def _search(session: Session, listing: ServerListing[Key], names: SearchedNames) -> list[Record]:
    object_filter = {listing.root: {"domain": {"operation": names.domain}}}
    answer = await session.api.read("Account", listing.method, mask=listing.mask, filter=object_filter)
    # A filter that the API does not understand is ignored there, not refused.
    servers = [server for server in as_records(answer) if _is_named(server, names)]
    await mark_hidden_billing(session.account, servers)
    return servers


def _is_named(server: Record, names: SearchedNames) -> bool:
    """Return whether this provider ordered a server for a resource of one of these names.

    An order that was cut short has left a server without any tag, since tags follow the order.
    """
    same_domain = text_at(server, "domain") == names.domain
    tags = set(all_tags(server))
    same_tags = not tags or names.tags <= tags
    return same_domain and same_tags and any(token_in(name, server) for name in names.hostnames)


def _named(server: Record, identifier: str) -> NamedServer:
    address = text_at(server, "primaryIpAddress") or text_at(server, "primaryBackendIpAddress")
    name = ".".join(text_at(server, part) for part in ("hostname", "domain"))
    is_cancelled = bool(text_at(server, "billingItem.cancellationDate"))
    hostname = text_at(server, "hostname").rpartition("-")[0]
    return NamedServer(identifier, hostname, f"{name} ({address})", address, is_cancelled)
