"""The login of an object storage user, with the key that SoftLayer has for it now.

A key that was rotated in the portal leaves the old one in the state, and whatever the state would be compared
with lies behind a login. So where Swift refuses a login, SoftLayer is asked for the user's present key.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

from provider.errors import DeniedError
from provider.session import Session
from provider.softlayer.records import as_records, records_at, text_at
from provider.swift import SwiftLogin

LOGINS_MASK = "mask[id,vendorName,credentials[username,password]]"
Answer = TypeVar("Answer")


async def with_present_key(
    session: Session, login: SwiftLogin, work: Callable[[SwiftLogin], Awaitable[Answer]]
) -> tuple[Answer, SwiftLogin]:
    """Do something in Swift; where the key is refused, once more with the one that SoftLayer has.

    Args:
        session: The configured provider.
        login: Login with the key in the state.
        work: Work to do; harmless to repeat.

    Returns:
        What it gave, and the login that Swift took.

    Raises:
        DeniedError: SoftLayer has no other key of that user.
        ApiError: As the work.
    """
    session.redactor.register_secret(login.key)
    try:
        return await work(login), login
    except DeniedError:
        key = await _present_key(session, login.username)
        if key in ("", login.key):
            raise
    present = replace(login, key=key)
    return await work(present), present


async def present_login(session: Session, auth_url: str, username: str) -> SwiftLogin:
    """Return the login of a user with the key that SoftLayer has for it now.

    Raises:
        DeniedError: SoftLayer has no such user.
    """
    key = await _present_key(session, username)
    if not key:
        raise DeniedError(f"the account has no object storage user {username}.")
    return SwiftLogin(auth_url, username, key)


async def _present_key(session: Session, username: str) -> str:
    """Return the key of a user, in whichever of the account's object storages.

    "" for a user that none has.
    """
    answer = await session.api.read("Account", "getHubNetworkStorage", mask=LOGINS_MASK)
    for storage in as_records(answer):
        for login in records_at(storage, "credentials"):
            if text_at(login, "username") == username and text_at(login, "password"):
                session.redactor.register_secret(text_at(login, "password"))
                return text_at(login, "password")
    return ""
