"""Waits for bare metal until it can be used or is reclaimed, and cancels it."""

import asyncio

from provider.errors import NotFoundError, ProviderError, WaitTimeoutError
from provider.resources.bare_metal.view import metal_stage
from provider.resources.missing import contradiction
from provider.resources.servers.cancellation import IMMEDIATE
from provider.resources.servers.wait import FIRST_PAUSE, Waited, until_idle
from provider.resources.virtual_guest.view import Stage
from provider.session import Session
from provider.softlayer.records import Record, flag_at, text_at, whole_at

LONGEST_PAUSE = 20.0
REASON = "No longer needed"


def waited(session: Session, identifier: str) -> Waited[str]:
    """Return a bare metal server to wait for."""
    return Waited(session.metal, identifier, metal_stage, LONGEST_PAUSE)


async def until_ready(session: Session, urn: str, identifier: str, seconds: float) -> Record:
    """Wait until the server is provisioned and idle; see `until_idle`.

    Args:
        session: Session of the provider.
        urn: URN of the resource, for its progress.
        identifier: The server's global identifier.
        seconds: The time limit.

    Returns:
        The server then.

    Raises:
        WaitTimeoutError, NotFoundError, CancelledError: As `until_idle`.
    """
    return await until_idle(session, urn, waited(session, identifier), seconds)


async def cancel(session: Session, urn: str, identifier: str, how: str, seconds: float) -> None:
    """Cancel the server by its billing item; hourly at once, monthly at its anniversary.

    A running transaction is waited out, since SoftLayer refuses to cancel during one. An hourly server is
    waited for until it is gone; a monthly one runs on, paid, until its day, and a warning says until when.

    Args:
        session: Session of the provider.
        urn: The resource.
        identifier: The server's global identifier.
        how: Kind of cancellation, `immediate` or `anniversary`.
        seconds: Seconds to wait for at most.

    Raises:
        WaitTimeoutError: The server was not reclaimed in time.
        CancelledError: Cancel came.
    """
    deadline = asyncio.get_running_loop().time() + seconds
    pause, waits, now = FIRST_PAUSE, waited(session, identifier), session.metal.reads.now
    try:
        server = await now(identifier)
        if metal_stage(server) is not Stage.LEAVING and not _scheduled(server):
            server = await until_idle(session, urn, waits, seconds)
            at_once = how == IMMEDIATE and flag_at(server, "hourlyBillingFlag")
            await _cancel_item(session, server, immediately=at_once)
            server = await now(identifier)
            if how == IMMEDIATE and not at_once:
                await _ask_to_hurry(session, server)
        while not _scheduled(server):
            if asyncio.get_running_loop().time() > deadline:
                raise WaitTimeoutError(
                    f"Server {identifier} was not gone within {seconds:.0f} s; it is no longer billed. Run "
                    "the same command again to go on waiting."
                )
            server = await session.metal.watch.observe(identifier, pause) or await now(identifier)
            pause = waits.longer(pause)
    except NotFoundError:
        return
    date = text_at(server, "billingItem.cancellationDate")
    ticket = whole_at(server, "openCancellationTicket.id")
    await session.reporter.warning(
        urn,
        f"Server {identifier}: cancellation scheduled until {date} (ticket {ticket}). It runs on and is paid "
        "until then; Pulumi no longer manages it.",
    )


def _scheduled(server: Record) -> bool:
    """Return whether the cancellation waits for its day; a leaving server has no billing item any more."""
    return metal_stage(server) is not Stage.LEAVING and bool(text_at(server, "billingItem.cancellationDate"))


async def _cancel_item(session: Session, server: Record, *, immediately: bool) -> None:
    bill = whole_at(server, "billingItem.id")
    if bill is None:
        raise ProviderError(
            f"Server {text_at(server, 'globalIdentifier')} shows no billing item to this user, so that it "
            "cannot be cancelled. Give the user the permission to view and cancel services, or cancel it by "
            "hand (slcli hw cancel), then run the same command again."
        )
    try:
        await session.api.order("Billing_Item", "cancelItem", immediately, False, REASON, "", id=bill)
    except NotFoundError as error:
        # The server is there: only its own absence says that it is gone.
        raise contradiction(
            f"Server {text_at(server, 'globalIdentifier')}", f"it shows billing item {bill}, but {error}"
        ) from None


async def _ask_to_hurry(session: Session, server: Record) -> None:
    """Ask in the ticket that somebody reclaims the server: SoftLayer cancels no monthly server at once."""
    ticket = whole_at(server, "openCancellationTicket.id")
    if ticket is not None:
        entry = {"entry": "Please reclaim this server as soon as possible; it is no longer needed."}
        await session.api.order("Ticket", "addUpdate", entry, id=ticket)
