"""Waits for virtual servers: until one can be used, until one is gone.

Ready, after the pain of other tools (shared facts, section 5): the provision date is set, the addresses are
there, and no transaction runs on two looks a second apart, since there are gaps between transactions
(terraform-provider-softlayer issue 47). Whether sshd answers is asked afterwards.
"""

import asyncio

from provider.errors import NotFoundError, RefusedError, WaitTimeoutError
from provider.records import Record
from provider.resources.guest_view import Stage, stage, transaction
from provider.session import Session

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 10.0
GROWTH = 1.3
IDLE_GAP = 1.0
"""Seconds between the two looks that find no transaction (choice; docker-machine takes four in a row)."""
UNLISTED = 60.0
"""Seconds that a new guest may be missing from the account's list (choice)."""


async def until_ready(session: Session, urn: str, guest_id: int, seconds: float) -> None:
    """Wait until the server is provisioned and idle.

    Raises:
        WaitTimeoutError: it was not, in time.
        NotFoundError: it is gone, or being reclaimed.
        CancelledError: Cancel came.
    """
    loop = asyncio.get_running_loop()
    started = loop.time()
    pause, idle_since, shown = FIRST_PAUSE, None, ""
    while True:
        guest = await session.watch.look(guest_id, pause)
        now = loop.time()
        where = _describe(guest)
        if guest is None:
            await _confirm(session, guest_id, now - started)
        elif stage(guest) is Stage.LEAVING:
            raise NotFoundError(f"server {guest_id} is being reclaimed ({where}); run pulumi refresh")
        if guest is not None and stage(guest) is Stage.IDLE:
            if idle_since is not None and now - idle_since >= IDLE_GAP * 0.9:
                return
            idle_since = idle_since if idle_since is not None else now
            pause = IDLE_GAP
        else:
            idle_since = None
            pause = min(pause * GROWTH, LONGEST_PAUSE)
        if now - started > seconds:
            raise WaitTimeoutError(f"it was not ready within {seconds:.0f} s (now: {where})")
        if where != shown:
            await session.reporter.progress(urn, f"server {guest_id}: {where}")
            shown = where


async def until_gone(session: Session, urn: str, guest_id: int, seconds: float) -> None:
    """Cancel the server and wait until the account no longer has it.

    Billing stops with the cancellation; the sweep that removes it comes up to 20 minutes later. A running
    transaction is waited out, since SoftLayer refuses to cancel during one.

    Raises:
        WaitTimeoutError: it was still there; the message says whether it is billed.
        CancelledError: Cancel came.
    """
    loop = asyncio.get_running_loop()
    started = loop.time()
    pause, shown = FIRST_PAUSE, ""
    guest = await _get(session, guest_id)
    while guest is not None:
        leaving = stage(guest) is Stage.LEAVING
        if not leaving and not transaction(guest):
            leaving = await _cancel(session, guest_id)
        if loop.time() - started > seconds:
            bill = "it is no longer billed" if leaving else "it is still billed"
            raise WaitTimeoutError(
                f"Server {guest_id} was not gone within {seconds:.0f} s ({_describe(guest)}); {bill}. Run "
                "the same command again to wait on."
            )
        where = f"cancelled, waits to be reclaimed ({_describe(guest)})" if leaving else _describe(guest)
        if where != shown:
            await session.reporter.progress(urn, f"server {guest_id}: {where}")
            shown = where
        guest = await session.watch.look(guest_id, pause) or await _get(session, guest_id)
        pause = min(pause * GROWTH, LONGEST_PAUSE)


async def _cancel(session: Session, guest_id: int) -> bool:
    """Whether the server is cancelled now; False when a transaction got in between."""
    try:
        await session.api.write("Virtual_Guest", "deleteObject", id=guest_id)
    except NotFoundError:
        return True
    except RefusedError as error:
        if "transaction" in str(error).lower():
            return False
        raise
    return True


async def _get(session: Session, guest_id: int) -> Record | None:
    try:
        return await session.guests.now(guest_id)
    except NotFoundError:
        return None


async def _confirm(session: Session, guest_id: int, seconds: float) -> None:
    """A guest that the list does not have may be too new for it, or gone."""
    if seconds > UNLISTED and await _get(session, guest_id) is None:
        raise NotFoundError(f"server {guest_id} is gone from the account; run pulumi refresh")


def _describe(guest: Record | None) -> str:
    if guest is None:
        return "not listed yet"
    running = transaction(guest)
    if running:
        return running
    return {
        Stage.PROVISIONING: "waits for its next step",
        Stage.IDLE: "idle",
        Stage.BUSY: "busy",
        Stage.LEAVING: "billing has stopped",
    }[stage(guest)]
