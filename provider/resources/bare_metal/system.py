"""Installs another system on a bare metal server, once for each change.

reloadOperatingSystem takes no idempotency key either, and a second reload would lose what was put on the
server after the first. So it is noted on disk before it is sent, with the number of the reload before it:
another number, or a running transaction, tells that it was accepted. While the note is young, one that was
sent may still be on its way, and is waited for. The note stays until the engine shows that its state holds
the outcome: a run that is killed after the reload, and before that is written, must not do it twice.
"""

from provider.deadline import Deadline
from provider.errors import ApiError, InterruptedCallError, InvalidInputError, NotFoundError, ProviderError
from provider.resources.bare_metal.view import fingerprint, os_code, reload_number
from provider.resources.virtual_guest.options import missing_key
from provider.resources.virtual_guest.view import transaction
from provider.session import Session
from provider.softlayer.records import Record, as_records, records_at, text_at, whole_at
from provider.values import Properties, text, wholes

SERVICE = "Hardware_Server"
PACKAGE = "BARE_METAL_SERVER"
PAUSE = 1.0
"""Seconds between two looks for a reload that was sent (choice)."""
NONE_BEFORE = "none"


async def install(session: Session, identifier: str, server: Record, inputs: Properties) -> None:
    """Begin the reload that brings the server to these inputs, unless it was begun before.

    Args:
        session: Session of the provider.
        identifier: The server's global identifier.
        server: Server as it is now.
        inputs: Desired inputs.

    Raises:
        InvalidInputError: The operating system is not on offer; nothing was changed.
        ProviderError: The answer was lost and no reload shows; the next run checks again.
    """
    note = _note(identifier)
    before, _, recorded_fingerprint = session.journal.note(note).partition(" ")
    age = session.journal.age(note)
    if before and age is not None and recorded_fingerprint == fingerprint(inputs):
        if _has_started(server, before):
            return
        if await _wait_for_start(session, identifier, before, session.settings.order_settle - age):
            return
    configuration = await _configuration(session, server, inputs)
    before = reload_number(server) or NONE_BEFORE
    session.journal.opened(note, f"{before} {fingerprint(inputs)}")
    try:
        await session.api.order(SERVICE, "reloadOperatingSystem", "FORCE", configuration, id=identifier)
    except InterruptedCallError as error:
        if not await _wait_for_start(session, identifier, before, session.settings.order_settle):
            raise ProviderError(
                f"The reload of server {identifier} was sent, but its answer was lost ({error}) and none has "
                f"begun within {session.settings.order_settle:.0f} s. It was not sent again. Run the same "
                "command again: it looks first."
            ) from None
    except ApiError as error:
        session.journal.closed(note)
        if isinstance(error, NotFoundError):
            raise missing_key(error, inputs) or error from None
        raise


def system_in_state(session: Session, identifier: str, system: Properties) -> None:
    """Remove the note of a reload: the engine has shown a state that holds this system."""
    if session.journal.note(_note(identifier)).endswith(f" {fingerprint(system)}"):
        session.journal.closed(_note(identifier))


def _note(identifier: str) -> str:
    """Return what the journal knows the last reload of a server by.

    It holds the number before and what for.
    """
    return f"reload-{identifier}"


def _has_started(server: Record, before: str) -> bool:
    return (reload_number(server) or NONE_BEFORE) != before or bool(transaction(server))


async def _wait_for_start(session: Session, identifier: str, before: str, seconds: float) -> bool:
    """Return whether a reload that was sent begins within so many seconds."""
    settle = Deadline(seconds)
    while settle.remaining > 0:
        server = await session.metal.reads.now(identifier)
        if _has_started(server, before):
            return True
        await session.stop.sleep(PAUSE)
    return False


async def _configuration(session: Session, server: Record, inputs: Properties) -> dict[str, object]:
    configuration: dict[str, object] = {}
    if wholes(inputs, "sshKeyIds"):
        configuration["sshKeyIds"] = list(wholes(inputs, "sshKeyIds"))
    if text(inputs, "postInstallScriptUri"):
        configuration["customProvisionScriptUri"] = text(inputs, "postInstallScriptUri")
    if text(inputs, "osCode") != os_code(server) and "LATEST" not in text(inputs, "osCode"):
        configuration["itemPrices"] = [{"id": await _price(session, text(inputs, "osCode"))}]
    return configuration


async def _price(session: Session, code: str) -> int:
    """Return the price of an operating system, valid everywhere."""
    object_filter = {"keyName": {"operation": PACKAGE}}
    packages = as_records(
        await session.api.read("Product_Package", "getAllObjects", mask="mask[id]", filter=object_filter)
    )
    mask = "mask[id,softwareDescription[referenceCode],prices[id,locationGroupId]]"
    for package in packages:
        number = whole_at(package, "id")
        items = await session.api.read("Product_Package", "getItems", id=number, mask=mask)
        for item in as_records(items):
            if text_at(item, "softwareDescription.referenceCode") != code:
                continue
            for price in records_at(item, "prices"):
                price_id = whole_at(price, "id")
                if price_id is not None and not price.get("locationGroupId"):
                    return price_id
    raise InvalidInputError("osCode", f"{code!r} cannot be installed on bare metal. Nothing was changed.")
