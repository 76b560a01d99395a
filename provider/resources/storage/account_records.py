"""Object storage accounts as SoftLayer records them: how they are read, and what the state keeps of them."""

from collections.abc import Mapping

from provider.errors import InvalidInputError, NotFoundError
from provider.resources.missing import contradiction, is_billed
from provider.session import Session
from provider.softlayer.records import (
    Record,
    as_record,
    as_records,
    decimal_at,
    records_at,
    text_at,
    whole_at,
)
from provider.swift import SwiftLogin
from provider.values import Properties, Value, text

MASK = (
    "mask[id,username,password,vendorName,credentials[username,password],serviceResource[datacenter[name]],"
    "billingItem[id,recurringFee,orderItem[order[id]]]]"
)


async def list_accounts(session: Session) -> tuple[Record, ...]:
    """Return the object storage accounts of the account."""
    answer = await session.api.read("Account", "getHubNetworkStorage", mask=MASK)
    return tuple(item for item in as_records(answer) if text_at(item, "vendorName") == "Swift")


async def find_account(session: Session, account_id: int) -> Record | None:
    """Return an object storage account; None where the list lacks it."""
    return next((item for item in await list_accounts(session) if whole_at(item, "id") == account_id), None)


async def find_billed_account(session: Session, account_id: int) -> Record | None:
    """Return an object storage account; None where it is gone for certain, or no longer billed.

    Raises:
        ProviderError: The list lacks it, and it is found by its id, still billed.
    """
    account = await find_account(session, account_id)
    if account is None:
        await confirm_account_missing(session, account_id)
    return account if account is not None and await is_billed(session, account) else None


async def confirm_account_missing(session: Session, account_id: int) -> None:
    """Ask a second question about an account that the list lacks.

    Raises:
        ProviderError: The account is found by its id, and still billed.
    """
    try:
        mask = "mask[id,billingItem[id]]"
        record = as_record(await session.api.read("Network_Storage", "getObject", id=account_id, mask=mask))
    except NotFoundError:
        return
    if record and await is_billed(session, record):
        what = f"Object storage account {account_id}"
        raise contradiction(what, "the account does not list it, but getObject finds it")


async def read_endpoints(session: Session, account_id: int, datacenter: str) -> Mapping[str, Record]:
    """Return where an account is reached, by datacenter; SoftLayer reports all that have a cluster.

    Raises:
        InvalidInputError: The datacenter has none.
    """
    answer = await session.api.read("Network_Storage", "getObjectStorageConnectionInformation", id=account_id)
    endpoints = {text_at(place, "datacenterShortName"): place for place in as_records(answer)}
    if datacenter not in endpoints:
        raise InvalidInputError(
            "datacenter",
            f"{datacenter!r} has no object storage cluster; there are "
            f"{', '.join(sorted(endpoints)) or 'none'}.",
        )
    return endpoints


async def account_login(
    session: Session, account_id: int, account: Record, datacenter: str, auth_url: str = ""
) -> SwiftLogin | None:
    """Return the login of an account; None where it has none yet.

    Args:
        session: The configured provider.
        account_id: Number of the account.
        account: Account with the relations of `MASK`.
        datacenter: Datacenter whose endpoint is used where `auth_url` is "".
        auth_url: URL of v1 authentication.
    """
    login = first_login(account)
    if not login:
        return None
    if not auth_url:
        endpoints = await read_endpoints(session, account_id, datacenter)
        auth_url = text_at(endpoints[datacenter], "publicEndpoint")
    return SwiftLogin(auth_url, text_at(login, "username"), text_at(login, "password"))


def order_id_of(account: Record) -> int | None:
    """Return the order that an account came from; None where the user does not see it."""
    return whole_at(account, "billingItem.orderItem.order.id")


def first_login(account: Record) -> Record:
    """Return the login for v1 authentication: the first complete credential, or else an empty one."""
    return next(
        (
            login
            for login in records_at(account, "credentials")
            if text_at(login, "username") and text_at(login, "password")
        ),
        {},
    )


def _credentials(account: Record) -> list[dict[str, Value]]:
    """Return every complete login, by user name."""
    logins = sorted(
        (text_at(login, "username"), text_at(login, "password"))
        for login in records_at(account, "credentials")
    )
    return [{"username": username, "key": key} for username, key in logins if username and key]


def account_outputs(
    session: Session, inputs: Properties, account: Record, endpoints: Mapping[str, Record]
) -> Properties:
    """Return all that the state keeps of an account; its keys are redacted from now on.

    Args:
        session: The configured provider.
        inputs: Inputs with the datacenter.
        account: Account with the relations of `MASK`.
        endpoints: Endpoints by datacenter, as `read_endpoints` returns them.
    """
    login, credentials = first_login(account), _credentials(account)
    for credential in credentials:
        session.redactor.register_secret(credential["key"])
    endpoint = endpoints[text(inputs, "datacenter")]
    return {
        **inputs,
        "accountName": text_at(account, "username"),
        "username": text_at(login, "username"),
        "key": text_at(login, "password"),
        "authUrl": text_at(endpoint, "publicEndpoint"),
        "privateAuthUrl": text_at(endpoint, "privateEndpoint"),
        "endpoints": [
            {
                "datacenter": name,
                "authUrl": text_at(endpoints[name], "publicEndpoint"),
                "privateAuthUrl": text_at(endpoints[name], "privateEndpoint"),
            }
            for name in sorted(endpoints)
        ],
        "credentials": credentials,
        "monthlyCost": decimal_at(account, "billingItem.recurringFee"),
    }
