"""How far an order is that SoftLayer has accepted: people may approve, decline or cancel it."""

from provider.errors import NotFoundError, RefusedCallError
from provider.session import Session
from provider.softlayer.records import as_record, text_at

PENDING = "PENDING"
"""Begin of the statuses of an order that was accepted and is not approved yet."""
_ENDED = ("CANCEL", "DECLINE", "NOT_APPROVED", "REJECT")
"""Parts of the statuses of an order that comes to nothing (choice)."""


async def read_status(session: Session, order_id: int) -> str:
    """Return an order's status in capital letters; "" to a user without billing rights."""
    try:
        order = await session.api.read("Billing_Order", "getObject", id=order_id, mask="mask[id,status]")
    except (NotFoundError, RefusedCallError):
        return ""
    return text_at(as_record(order), "status").upper()


async def read_end(session: Session, order_id: int) -> str:
    """Return the status of an order that comes to nothing; "" of any other, and where it is not known."""
    status = await read_status(session, order_id)
    return status if any(part in status for part in _ENDED) else ""
