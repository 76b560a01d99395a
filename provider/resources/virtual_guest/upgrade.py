"""Upgrades a virtual server in place: an order of the prices that are new, a reboot, the same server.

Source: the official client's `vs upgrade`. An upgrade says what the server is to be, not how much is added,
so that an order sent again would change nothing, but it would reboot the server again. So it is sent once:
noted on disk before, and looked for when its answer was lost or the run was killed.

An order that was accepted can still be cancelled, by a ticket or by SoftLayer's own people: while nothing
happens, the order is asked for as well. Its status is that of SoftLayer_Billing_Order; which words end one is
a choice, since SoftLayer documents none but APPROVED and the PENDING ones.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from provider.deadline import Deadline
from provider.errors import (
    ApiError,
    InterruptedCallError,
    InvalidInputError,
    ProviderError,
    RefusedCallError,
)
from provider.resources.ordering.order_status import PENDING, read_end, read_status
from provider.resources.ordering.price_list import find_package
from provider.resources.virtual_guest.change import Resize, resize
from provider.resources.virtual_guest.view import transaction
from provider.resources.virtual_guest.wait import until_ready
from provider.session import Session
from provider.softlayer.records import Record, as_record, as_records, records_at, text_at, whole_at
from provider.values import Properties

PACKAGE = "PUBLIC_CLOUD_SERVER"
PRICES = "mask[id,locationGroupId,categories[id,categoryCode],item[capacity,units]]"
DEDICATED = ("PRIVATE_CORE", "DEDICATED_CORE")
MEGABYTES = 1024
PAUSE = 1.0


async def upgrade(session: Session, urn: str, guest_id: int, inputs: Properties, deadline: Deadline) -> None:
    """Bring the server to the desired size; returns when it has that size and is idle.

    Raises:
        InvalidInputError: The server cannot be made so; nothing was ordered.
        ProviderError: The order was refused, or its fate is unknown; the message says which.
        WaitTimeoutError: The server did not have the size in time.
        CancelledError: Cancel came.
    """
    guest = await until_ready(session, urn, guest_id, deadline.remaining)
    age = session.journal.age(_note(guest_id))
    if age is not None and await _wait_for_start(
        session, guest_id, inputs, session.settings.order_settle - age
    ):
        guest = await until_ready(session, urn, guest_id, deadline.remaining)
    resizing = resize(inputs, guest)
    if resizing:
        order_id = await _find_pending(session, guest_id)
        if order_id is None:
            order_id = await _send(session, urn, guest_id, inputs, resizing)
        await until(
            session,
            urn,
            guest_id,
            lambda guest: not resize(inputs, guest),
            deadline,
            lambda: _check_order(session, guest_id, order_id),
        )
    session.journal.closed(_note(guest_id))


async def _send(
    session: Session, urn: str, guest_id: int, inputs: Properties, resizing: Resize
) -> int | None:
    """Order the upgrade, once; the order's number, None where the answer was lost."""
    order = await _order(session, guest_id, resizing)
    await session.reporter.progress(urn, f"server {guest_id}: is upgraded, with a reboot")
    session.journal.opened(_note(guest_id))
    try:
        order_response = as_record(await session.api.order("Product_Order", "placeOrder", order))
    except InterruptedCallError as error:
        if not await _wait_for_start(session, guest_id, inputs, session.settings.order_settle):
            raise _lost_order_error(session, guest_id, error) from None
    except ApiError as error:
        session.journal.closed(_note(guest_id))
        if not isinstance(error, RefusedCallError):
            raise
        raise ProviderError(f"SoftLayer refuses the upgrade of server {guest_id}: {error}.") from None
    else:
        order_id = whole_at(order_response, "orderId")
        if order_id is not None:
            session.journal.answered(_note(guest_id), str(order_id))
        return order_id
    return None


async def _find_pending(session: Session, guest_id: int) -> int | None:
    """Return the number of an order that an earlier run sent, and that waits for its approval; else None.

    That takes people, who may need longer than the run had: another order would reboot the server twice.
    """
    note = session.journal.note(_note(guest_id))
    order_id = int(note) if note.isdecimal() else None
    is_pending = order_id is not None and (await read_status(session, order_id)).startswith(PENDING)
    return order_id if is_pending else None


async def _check_order(session: Session, guest_id: int, order_id: int | None) -> None:
    """Notice an order that was accepted and then cancelled.

    Raises:
        ProviderError: The order was cancelled; the server is as before.
    """
    if order_id is None:
        return
    # A user without billing rights waits as long as ever.
    if status := await read_end(session, order_id):
        session.journal.closed(_note(guest_id))
        raise ProviderError(
            f"The upgrade of server {guest_id} was accepted as order {order_id} and cancelled afterwards "
            f"(status {status}): the server is what it was. See the account's tickets for the reason. Run "
            "pulumi up to order it again, or take the change out of the program."
        )


async def until(
    session: Session,
    urn: str,
    guest_id: int,
    done: Callable[[Record], bool],
    deadline: Deadline,
    check: Callable[[], Awaitable[None]] | None = None,
) -> None:
    """Wait until a condition holds of the server and no transaction is under way.

    An accepted order's transaction may begin late, so that idleness alone says nothing.

    Args:
        session: The configured provider.
        urn: URN of the resource.
        guest_id: The server.
        done: The condition.
        deadline: Deadline of the whole update.
        check: Raises where the condition will never hold; called while the server is idle.

    Raises:
        WaitTimeoutError, CancelledError, NotFoundError: As `until_ready`.
    """
    while True:
        if done(await until_ready(session, urn, guest_id, deadline.remaining)):
            return
        if check is not None:
            await check()
        deadline.check(f"server {guest_id} did not begin to change")
        await session.stop.sleep(PAUSE)


def _note(guest_id: int) -> str:
    """Return what the journal knows an upgrade by."""
    return f"upgrade-{guest_id}"


async def _wait_for_start(session: Session, guest_id: int, inputs: Properties, seconds: float) -> bool:
    """Return whether an upgrade that was ordered comes to something within so many seconds."""
    settle = Deadline(seconds)
    while settle.remaining > 0:
        guest = await session.guests.reads.now(guest_id)
        if transaction(guest) or not resize(inputs, guest):
            return True
        await session.stop.sleep(PAUSE)
    return False


def _lost_order_error(session: Session, guest_id: int, error: ProviderError) -> ProviderError:
    return ProviderError(
        f"The upgrade of server {guest_id} was ordered, but the answer was lost ({error}) and nothing "
        f"happened within {session.settings.order_settle:.0f} s. It was not ordered again. Run the same "
        "command again: it orders only what the server is not yet."
    )


async def _order(session: Session, guest_id: int, resizing: Resize) -> dict[str, object]:
    answer = await session.api.read("Virtual_Guest", "getUpgradeItemPrices", True, id=guest_id, mask=PRICES)
    order: dict[str, object] = {
        "complexType": "SoftLayer_Container_Product_Order_Virtual_Guest_Upgrade",
        "properties": [
            {"name": "MAINTENANCE_WINDOW", "value": datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S%z")}
        ],
        "virtualGuests": [{"id": guest_id}],
        "prices": prices(as_records(answer), resizing, guest_id),
    }
    if resizing.flavor:
        order["presetId"] = await _preset(session, resizing.flavor)
    return order


def prices(offered: tuple[Record, ...], resizing: Resize, guest_id: int) -> list[dict[str, object]]:
    """Return the prices of an upgrade order. Pure.

    Args:
        offered: Prices to which the server can be upgraded, as `PRICES` shows it.
        resizing: Changes of the size.
        guest_id: Id of the guest, for messages.

    Raises:
        InvalidInputError: A size is not on offer.
    """
    sizes = [("cpus", "guest_core", resizing.cpus)]
    sizes.append(("memory", "ram", resizing.memory // MEGABYTES if resizing.memory else None))
    sizes.extend((f"disks[{place}]", f"guest_disk{place}", size) for place, size in resizing.disks.items())
    return [_price(offered, *size, guest_id) for size in sizes if size[2] is not None]


def _price(
    offered: tuple[Record, ...], name: str, code: str, size: int | None, guest_id: int
) -> dict[str, object]:
    of_kind = [
        (price, category)
        for price in offered
        for category in records_at(price, "categories")
        if text_at(category, "categoryCode") == code and text_at(price, "item.units") not in DEDICATED
    ]
    fitting = [offer for offer in of_kind if whole_at(offer[0], "item.capacity") == size]
    if not fitting:
        capacities = sorted({whole_at(price, "item.capacity") or 0 for price, _ in of_kind})
        unit = " GB" if code != "guest_core" else ""
        raise InvalidInputError(
            name,
            f"server {guest_id} cannot be upgraded to {size}{unit}; on offer are "
            f"{', '.join(map(str, capacities)) or 'none'}. Nothing was ordered.",
        )
    price, category = fitting[0]
    return {"id": whole_at(price, "id"), "categories": [{"id": whole_at(category, "id")}]}


async def _preset(session: Session, key_name: str) -> int:
    package = await find_package(session, PACKAGE)
    presets = as_records(
        await session.api.read("Product_Package", "getActivePresets", id=package, mask="mask[id,keyName]")
    )
    preset_id = next(
        (whole_at(preset, "id") for preset in presets if text_at(preset, "keyName") == key_name), None
    )
    if preset_id is None:
        raise InvalidInputError("flavor", f"{key_name!r} is no flavor of this account. Nothing was ordered.")
    return preset_id
