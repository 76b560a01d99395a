"""A global IP whose order is accepted and whose address has not come: what is kept of it, and what helps."""

import asyncio
from collections.abc import Awaitable, Callable

from provider.errors import (
    REFRESH,
    CancelledError,
    NotFoundError,
    ProviderError,
    UnfinishedError,
    WaitTimeoutError,
)
from provider.resources.contract import Target
from provider.resources.identifiers import record_number
from provider.resources.ordering.order_status import read_end, read_status
from provider.session import Session
from provider.softlayer.records import Record, text_at
from provider.values import UNKNOWN, Properties

ORDERED = "order:"
"""Begin of the Pulumi id of one whose address has not come; the order's number follows."""
FIRST_PAUSE = 0.3
LONGEST_PAUSE = 10.0
"""Seconds between two questions (choices)."""


class EndedOrderError(ProviderError):
    """An order that was accepted came to nothing; its id must not be kept."""


def order_number(identifier: str) -> int:
    """Return the order's number in a Pulumi id that begins with `order:`."""
    return record_number(identifier.removeprefix(ORDERED), "global IP", identifier)


async def until_addressed(
    session: Session,
    target: Target,
    find: Callable[[Session, str], Awaitable[Record | None]],
    identifier: str,
    seconds: float,
) -> Record:
    """Wait until a global IP has its address.

    Args:
        session: The configured provider.
        target: The resource, for its progress and its own time limit.
        find: Function that returns the global IP with a Pulumi id; None where the account has none such.
        identifier: Pulumi id of it.
        seconds: The time limit, where the resource has none of its own.

    Raises:
        NotFoundError: It is not in the account any more.
        EndedOrderError: The order came to nothing.
        WaitTimeoutError: It has no address after the time limit.
    """
    loop, limit = asyncio.get_running_loop(), target.timeout or seconds
    deadline = loop.time() + limit
    pause = FIRST_PAUSE
    while (record := await find(session, identifier)) is None or not text_at(record, "ipAddress.ipAddress"):
        if not identifier.startswith(ORDERED):
            raise NotFoundError(f"global IP {identifier} is gone; run {REFRESH}")
        number, is_late = order_number(identifier), loop.time() > deadline
        if is_late or pause >= LONGEST_PAUSE:
            await _require_open_order(session, number)
        if is_late:
            state = await _describe_order(session, number)
            raise WaitTimeoutError(f"its address did not show within {limit:.0f} s{state}")
        await session.reporter.progress(target.urn, f"global IP of {identifier}: waits for its address")
        await session.stop.sleep(pause)
        pause = min(pause * 1.5, LONGEST_PAUSE)
    return record


async def _require_open_order(session: Session, order_id: int) -> None:
    """Notice an order that was accepted and then declined or cancelled, for which no address comes.

    Raises:
        EndedOrderError: It was.
    """
    if status := await read_end(session, order_id):
        raise EndedOrderError(
            f"Order {order_id} of a global IP was accepted and came to nothing (status {status}): no address "
            "comes of it, and nothing is billed. The account's tickets tell the reason. Where the state has "
            f"it, run {REFRESH}, which takes it out; pulumi up then orders another."
        )


async def _describe_order(session: Session, order_id: int) -> str:
    """Return how far an order is, to stand behind another statement; "" where this user may not see it."""
    status = await read_status(session, order_id)
    return f", and order {order_id} is {status}" if status else ""


def unfinished_error(
    identifier: str, outputs: Properties, error: ProviderError, inputs: Properties | None = None
) -> UnfinishedError:
    """Return what keeps a global IP that is paid for, with what to do about it.

    Args:
        identifier: Pulumi id to keep.
        outputs: Known outputs.
        error: Reason for which it is not ready.
        inputs: The inputs to keep; None for those the engine has.
    """
    why = "the wait was cancelled" if isinstance(error, CancelledError) else str(error)
    facts = {name: value for name, value in outputs.items() if value is not UNKNOWN}
    reason = f"Global IP {identifier} is ordered but not ready: {why}. Its id is kept; pulumi up waits for it"
    if identifier.startswith(ORDERED):
        reason += (
            " and orders no second one. If the address does not come, open a ticket at SoftLayer that names "
            f"order {order_number(identifier)}. To give it up, have SoftLayer cancel that order, then run "
            f"{REFRESH}, which takes it out of the state"
        )
    return UnfinishedError(identifier, facts, (f"{reason}.",), inputs)
