"""Refuses to cancel an object storage account along with containers that the stack did not make."""

from collections.abc import Sequence

from provider.errors import ApiError, ProviderError, RefusedCallError
from provider.session import Session
from provider.swift import SwiftLogin, find_containers

MAX_NAMED = 10
"""Containers that a refusal names (choice)."""
MOST_FOUND = MAX_NAMED + 1
"""Containers at which nobody needs to look for more of them."""
REMEDY = "set forceDestroy on the account and run pulumi up before destroying it"


async def check_empty(session: Session, what: str, login: SwiftLogin) -> None:
    """Return where no container is left: the stack's own are deleted before their account.

    Args:
        session: The configured provider.
        what: The account, at the beginning of a sentence.
        login: Login of a user of the account.

    Raises:
        RefusedCallError: Containers are left; the message names them.
        ProviderError: The object storage does not report its containers.
        CancelledError: Cancel came.
    """
    session.redactor.register_secret(login.key)
    try:
        names = await find_containers(login, session.stop, most=MOST_FOUND)
    except ApiError as error:
        raise ProviderError(
            f"{what} was not cancelled, since nothing tells whether it holds containers of others: {error} "
            f"To cancel it all the same, {REMEDY}."
        ) from None
    if reason := foreign_containers(what, names):
        raise RefusedCallError(f"{reason} Nothing was cancelled.")


def foreign_containers(what: str, names: Sequence[str]) -> str:
    """Return why an account must not be cancelled along with containers of others; "" where there are none.

    Args:
        what: The account, at the beginning of a sentence.
        names: Names of the containers that do not go before it, `MOST_FOUND` at most.
    """
    if not names:
        return ""
    more = " and more" if len(names) > MAX_NAMED else ""
    return (
        f"{what} holds containers that this stack did not make, or does not delete: "
        f"{', '.join(names[:MAX_NAMED])}{more}. A cancelled account takes them with it. Keep the "
        f"account (pulumi state delete URN), delete the containers, or {REMEDY}."
    )
