"""Finds what the account has of an order token: by the host name, and by the id that is noted."""

from provider.errors import NotFoundError
from provider.session import Session
from provider.softlayer.account import mark_hidden_billing
from provider.softlayer.records import Record, as_record, as_records, text_at
from provider.softlayer.server_listing import Key, ServerListing


async def find_ordered(
    session: Session, listing: ServerListing[Key], token: str, recorded_key: Key | None
) -> tuple[Record, ...]:
    """Find every server that was ordered under a token, with the relations of the listing's `mask`.

    Args:
        session: Session of the provider.
        listing: The kind of servers.
        token: The order token, in which their host names end.
        recorded_key: Key of the server that the journal has noted for the token; None where it has noted
            none. The account may not list that server yet.

    Raises:
        ApiError: A call failed for good.
        CancelledError: Cancel came.
    """
    object_filter = {listing.root: {"hostname": {"operation": f"$= -{token}"}}}
    answer = await session.api.read("Account", listing.method, mask=listing.mask, filter=object_filter)
    # A filter that the API does not understand is ignored there, not refused.
    servers = [server for server in as_records(answer) if text_at(server, "hostname").endswith(f"-{token}")]
    if recorded_key and all(listing.key_at(server, listing.key) != recorded_key for server in servers):
        servers += await _read_recorded(session, listing, recorded_key)
    await mark_hidden_billing(session.account, servers)
    return tuple(servers)


async def _read_recorded(session: Session, listing: ServerListing[Key], key: Key) -> list[Record]:
    try:
        answer = await session.api.read(listing.service, "getObject", id=key, mask=listing.mask)
    except NotFoundError:
        return []
    return [as_record(answer)]
