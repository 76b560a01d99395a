"""Waits for virtual servers until they can be used or are reclaimed."""

import asyncio

from provider.errors import NotFoundError, RefusedCallError, WaitTimeoutError
from provider.resources.missing import no_billing_rights
from provider.resources.servers.wait import FIRST_PAUSE, Waited, describe, until_idle
from provider.resources.virtual_guest.view import Stage, stage, transaction
from provider.session import Session
from provider.softlayer.records import Record, text_at, whole_at

LONGEST_PAUSE = 10.0


def waited(session: Session, guest_id: int) -> Waited[int]:
    """Return a virtual server to wait for."""
    return Waited(session.guests, guest_id, stage, LONGEST_PAUSE)


async def until_ready(session: Session, urn: str, guest_id: int, seconds: float) -> Record:
    """Wait until the server is provisioned, has its addresses, and is idle; see `until_idle`.

    Args:
        session: Session of the provider.
        urn: URN of the resource, for its progress.
        guest_id: The server's id.
        seconds: The time limit.

    Returns:
        The server then.

    Raises:
        WaitTimeoutError, NotFoundError, CancelledError: As `until_idle`.
    """
    return await until_idle(session, urn, waited(session, guest_id), seconds)


async def until_gone(session: Session, urn: str, guest_id: int, seconds: float) -> None:
    """Cancel the server and wait until the account no longer has it.

    Billing stops with the cancellation; the sweep that removes it comes up to 20 minutes later. A running
    transaction is waited out, since SoftLayer refuses to cancel during one.

    Args:
        session: Session of the provider.
        urn: URN of the resource, for its progress.
        guest_id: The server's id.
        seconds: The time limit.

    Raises:
        WaitTimeoutError: The server still existed; the message says whether it is billed.
        CancelledError: Cancel came.
    """
    loop = asyncio.get_running_loop()
    started = loop.time()
    pause, reported, waits = FIRST_PAUSE, "", waited(session, guest_id)
    guest = await _get(session, guest_id)
    while guest is not None:
        where = describe(guest, stage(guest))
        leaving = stage(guest) is Stage.LEAVING
        if not leaving and not transaction(guest):
            leaving = await _cancel(session, guest_id)
        if loop.time() - started > seconds:
            bill = "it is no longer billed" if leaving else "it is still billed"
            raise WaitTimeoutError(
                f"Server {guest_id} was not gone within {seconds:.0f} s ({where}); {bill}. Run the same "
                "command again to go on waiting."
            )
        if leaving:
            where = f"cancelled, waits to be reclaimed ({where})"
        if where != reported:
            await session.reporter.progress(urn, f"server {guest_id}: {where}")
            reported = where
        guest = await session.guests.watch.observe(guest_id, pause) or await _get(session, guest_id)
        pause = waits.longer(pause)


async def until_scheduled(session: Session, urn: str, guest_id: int, seconds: float) -> None:
    """Cancel a server for its next bill date; a warning says until when it runs on.

    Args:
        session: Session of the provider.
        urn: URN of the resource, for its progress.
        guest_id: The server's id.
        seconds: The time limit.

    Raises:
        ProviderError: The user sees no billing items; nothing was cancelled.
        WaitTimeoutError, CancelledError: As `until_idle`; nothing was cancelled.
    """
    guest = await _get(session, guest_id)
    if guest is None or stage(guest) is Stage.LEAVING:
        return
    if not text_at(guest, "billingItem.cancellationDate"):
        guest = await until_ready(session, urn, guest_id, seconds)
        item = whole_at(guest, "billingItem.id")
        if item is None:
            raise no_billing_rights(session, f"Server {guest_id}")
        await session.api.write("Billing_Item", "cancelServiceOnAnniversaryDate", id=item)
        guest = await session.guests.reads.now(guest_id)
    await session.reporter.warning(
        urn,
        f"Server {guest_id} is cancelled for {text_at(guest, 'billingItem.cancellationDate')}. It runs on "
        "and is paid until then; Pulumi no longer manages it.",
    )


async def _cancel(session: Session, guest_id: int) -> bool:
    """Return whether the server is cancelled now; False when a transaction got in between."""
    try:
        await session.api.write("Virtual_Guest", "deleteObject", id=guest_id)
    except NotFoundError:
        return True
    except RefusedCallError as error:
        if "transaction" in str(error).lower():
            return False
        raise
    return True


async def _get(session: Session, guest_id: int) -> Record | None:
    try:
        return await session.guests.reads.now(guest_id)
    except NotFoundError:
        return None
