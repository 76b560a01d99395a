"""Taking over what is in the account already, where the state that knew it is lost.

`SL_ADOPT=NAME=ID,...` names it for one command: Create takes over that item of the account for the resource
of that name, and orders nothing. What a resource of another shape would need is refused.
"""

import re

from provider.errors import ProviderError
from provider.settings import ADOPT, ProviderSettings
from provider.softlayer.records import Record, text_at
from provider.values import Properties, text

_TOKEN = re.compile(r"[a-z2-7]{8}")
"""As `provider.orders.token` makes them."""


def adopted_identifier(settings: ProviderSettings, urn: str) -> str:
    """Return the id of the item that a resource takes over; "" where it is ordered."""
    return settings.adopt.get(urn.rpartition("::")[2], "")


def token_in(hostname: str, server: Record) -> str:
    """Return the order token of a server that was ordered under a host name; "" where it was not.

    Args:
        hostname: Host name without the token.
        server: Server as the account has it.
    """
    name, _, token = text_at(server, "hostname").rpartition("-")
    return token if name == hostname and _TOKEN.fullmatch(token) else ""


def adopted_token(
    identifier: str, server: Record, inputs: Properties, differing: tuple[str, ...], *, living: bool
) -> str:
    """Return the order token of a server that is taken over.

    Args:
        identifier: Identifier of the server.
        server: Server as the account has it; empty where it has none such.
        inputs: Inputs of the resource.
        differing: Properties in which the server differs, and which only another server could have.
        living: Whether it is not being reclaimed.

    Raises:
        ProviderError: The server cannot be the resource's; nothing was ordered or changed.
    """
    what = f"server {identifier}, which {ADOPT} names for {text(inputs, 'hostname')}"
    if not server or not living:
        raise ProviderError(f"{what}, is not in the account; nothing was ordered. Name another one, or none")
    if differing:
        raise ProviderError(
            f"{what}, differs in {', '.join(differing)}; nothing was ordered. Set these in the stack file as"
            " the server has them, and run the command again"
        )
    token = token_in(text(inputs, "hostname"), server)
    if not token or text_at(server, "domain") != text(inputs, "domain"):
        name = ".".join(text_at(server, part) for part in ("hostname", "domain"))
        raise ProviderError(
            f"{what}, is called {name}; must be {text(inputs, 'hostname')}-TOKEN.{text(inputs, 'domain')}, as"
            " this provider ordered it. Nothing was ordered"
        )
    return token
