"""Refuses to order servers that the account has under a stack's names and the stack's state does not hold."""

from collections.abc import Sequence

from provider.errors import InvalidInputError
from provider.resources.servers.name_search import (
    NamedServer,
    SearchedNames,
    search_guests,
    search_metal,
)
from provider.session import Session
from provider.settings import ACCEPT_UNMANAGED
from provider.values import Properties, text, texts

TAG = "softlayer-registry"
"""Tag of every server of the program, beside the stack's name (`components/server/order.py`)."""


async def refuse_unmanaged(session: Session, recorded: Properties, news: Properties) -> None:
    """Refuse names that the state has for the first time and the account has already.

    What was recorded before is not asked for again: the state holds those servers, or an order of one is on
    its way. A server whose cancellation is scheduled, or that this command takes over, holds nobody up.

    Args:
        session: Session of the provider.
        recorded: The inputs in the state; empty where it has none.
        news: The inputs to be recorded.

    Raises:
        InvalidInputError: The account has such servers; nothing was ordered.
        ApiError: The account does not answer; nothing was ordered.
    """
    new_names = frozenset(texts(news, "servers")) - frozenset(texts(recorded, "servers"))
    hostnames = new_names - session.settings.accept_unmanaged - session.settings.adopt.keys()
    if not hostnames:
        return
    environment = text(news, "environment")
    names = SearchedNames(hostnames, text(news, "domain"), frozenset({TAG, environment}))
    servers = [*await search_guests(session, names), *await search_metal(session, names)]
    unmanaged = [server for server in servers if not server.is_cancelled]
    if unmanaged:
        raise InvalidInputError("servers", _refusal(environment, unmanaged))


def _refusal(environment: str, servers: Sequence[NamedServer]) -> str:
    hostnames = ",".join(sorted({server.hostname for server in servers}))
    listed = ", ".join(f"{server.description}, id {server.id}" for server in servers)
    them = "it" if len(servers) == 1 else "them"
    return (
        f"the account has {listed}, ordered for a stack {environment}, and this state does not hold {them}."
        " Nothing was ordered. If the state was lost, or is an old copy:"
        f" `bin/operate adopt {environment}` takes over what there is, see docs/runbooks/lost-state.md. If"
        f" another stack has {them}: give this one another name or domain, or"
        f" `export {ACCEPT_UNMANAGED}={hostnames}` for one command that goes on all the same"
    )
