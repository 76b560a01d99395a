"""At most one order for an object storage account, which no token can be found by.

Ordered by placeOrder of package 0, price 30920 (terraform-provider-ibm and -softlayer). Nothing of such an
order can carry a token, so before it goes out the existing accounts are noted on disk; after a crash
the one account that was not among them is the one ordered. As soon as its id is known, the note holds that
instead. That holds for a repeat on the same machine, which is as far as the API lets.
"""

import asyncio
import json

from provider.errors import ApiError, InterruptedCallError, InvalidInputError, ProviderError
from provider.orders.adoption import adopted_identifier
from provider.orders.token import order_token
from provider.resources.ordering.creation import created_note, read_note
from provider.resources.ordering.price_list import nearest
from provider.resources.storage.account_records import (
    find_account,
    find_billed_account,
    list_accounts,
    order_id_of,
)
from provider.session import Session
from provider.settings import ADOPT
from provider.softlayer.records import as_record, as_records, text_at, whole_at
from provider.values import Properties, text

PACKAGE = 0
PRICE = 30920
SECONDS = 20 * 60
"""Seconds until an account is listed, and has its login, at the most (choice)."""
FIRST_PAUSE = 0.3
LONGEST_PAUSE = 10.0


def order_container(datacenter: str) -> dict[str, object]:
    """Return SoftLayer's order for an account. Pure."""
    return {
        "complexType": "SoftLayer_Container_Product_Order",
        "packageId": PACKAGE,
        "location": datacenter,
        "quantity": 1,
        "prices": [{"id": PRICE}],
    }


def note_name(session: Session, urn: str) -> str:
    """Return the name of the note on disk of a resource's order."""
    return order_token(session.settings.order_scope, urn, "object storage")


def refused_order(error: ApiError) -> ProviderError:
    """Return the error that reports a refused order."""
    return ProviderError(f"SoftLayer refuses to order object storage: {error}. Nothing was ordered.")


async def check_offered(session: Session, datacenter: str) -> None:
    """Refuse a datacenter that does not exist before anything is ordered.

    Raises:
        InvalidInputError: The datacenter does not exist.
    """
    datacenters = as_records(await session.api.read("Location", "getDatacenters", mask="mask[name]"))
    names = {text_at(place, "name") for place in datacenters}
    if names and datacenter not in names:
        raise InvalidInputError(
            "datacenter",
            f"{datacenter!r} is no datacenter; {nearest(datacenter, names)}. Nothing was ordered.",
        )


async def obtain_account(session: Session, urn: str, inputs: Properties) -> int:
    """Return the account of a resource: the one to take over, the one ordered before, or a new one.

    Args:
        session: The configured provider.
        urn: The resource.
        inputs: Inputs with the datacenter.

    Raises:
        InvalidInputError: The datacenter does not exist; nothing was ordered.
        ProviderError: Nothing was ordered, or the order's fate is unknown; the message says which.
    """
    name = note_name(session, urn)
    account_id = await _adopted(session, urn, inputs)
    if account_id is None:
        account_id = await _ordered_before(session, name)
        if account_id is None:
            await check_offered(session, text(inputs, "datacenter"))
            account_id = await _order(session, inputs, name)
            session.journal.answered(name, created_note(account_id))
            return account_id
        session.journal.answered(name, created_note(account_id))
    session.tokens.adopted(urn, str(account_id))
    return account_id


async def _adopted(session: Session, urn: str, inputs: Properties) -> int | None:
    """Return an account that is there already, for a state that was lost."""
    identifier = adopted_identifier(session.settings, urn)
    if not identifier:
        return None
    account = await find_account(session, int(identifier)) if identifier.isdecimal() else None
    datacenter = text_at(account or {}, "serviceResource.datacenter.name")
    if account is None or datacenter != text(inputs, "datacenter"):
        where = f"is in {datacenter}" if account else "is not in the account"
        raise ProviderError(
            f"object storage {identifier}, which {ADOPT} names, {where}; must be one of"
            f" {text(inputs, 'datacenter')}. Nothing was ordered"
        )
    return int(identifier)


async def _ordered_before(session: Session, name: str) -> int | None:
    """Return the account that an interrupted run ordered, if there was one."""
    age = session.journal.age(name)
    if age is None:
        return None
    note = read_note(session.journal.note(name))
    if isinstance(note, int):
        return note if await find_billed_account(session, note) is not None else None
    return await _find_created(session, set(note), session.settings.order_settle - age)


async def _find_created(
    session: Session, previous_ids: set[int], seconds: float, order_id: int | None = None
) -> int | None:
    """Return the account that came up; one of another order, where that is known, did not."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    pause = FIRST_PAUSE
    while True:
        listed = await list_accounts(session)
        ids = [
            whole_at(item, "id")
            for item in listed
            if order_id_of(item) in (None, order_id or order_id_of(item))
        ]
        new = [number for number in ids if number is not None and number not in previous_ids]
        if len(new) == 1:
            return new[0]
        if new:
            raise ProviderError(
                f"Object storage accounts {', '.join(map(str, new))} came up since an order was sent "
                "whose answer was lost. Import the right one (pulumi import) or cancel the others, then run "
                "again."
            )
        if loop.time() >= deadline:
            return None
        await session.stop.sleep(pause)
        pause = min(pause * 1.5, LONGEST_PAUSE)


async def _order(session: Session, inputs: Properties, name: str) -> int:
    previous_ids = sorted(
        number for item in await list_accounts(session) if (number := whole_at(item, "id")) is not None
    )
    container = order_container(text(inputs, "datacenter"))
    session.journal.opened(name, json.dumps({"known": previous_ids}))
    seconds, order_id = float(SECONDS), None
    try:
        order_response = as_record(await session.api.order("Product_Order", "placeOrder", container))
        order_id = whole_at(order_response, "orderId")
        trouble = f"order {order_id} shows no account"
    except InterruptedCallError as error:
        trouble, seconds = str(error), session.settings.order_settle
    except ApiError as error:
        session.journal.closed(name)
        raise refused_order(error) from None
    account_id = await _find_created(session, set(previous_ids), seconds, order_id)
    if account_id is None:
        raise ProviderError(
            f"Object storage was ordered, but no new account showed ({trouble}). It was not ordered "
            "again; run the same command again, it looks first."
        )
    return account_id
