"""Reloads a virtual server's operating system in place: an empty first disk at the same addresses.

Source: SLDN SoftLayer_Virtual_Guest::reloadOperatingSystem; that another operating system is named by its
price among `itemPrices` is inferred from the configuration's type.
"""

from collections.abc import Awaitable, Callable

from provider.deadline import Deadline
from provider.errors import (
    InterruptedCallError,
    InvalidInputError,
    NotFoundError,
    ProviderError,
    RefusedCallError,
)
from provider.resources.virtual_guest.change import reload_number
from provider.resources.virtual_guest.options import missing_key
from provider.resources.virtual_guest.upgrade import PAUSE
from provider.resources.virtual_guest.wait import until_ready
from provider.session import Session
from provider.softlayer.records import Record, records_at, text_at, whole_at
from provider.values import Properties, text, wholes

SERVICE = "Virtual_Guest"
FORCE = "FORCE"


async def begin_reload(
    session: Session,
    urn: str,
    guest_id: int,
    inputs: Properties,
    present: Properties,
    offered: Callable[[Session], Awaitable[Record]],
    deadline: Deadline,
) -> int | None:
    """Begin the reload; returns once SoftLayer has taken it on.

    Args:
        session: The configured provider.
        urn: URN of the resource.
        guest_id: The server.
        inputs: Inputs of the server, with what is to be installed.
        present: Installed system.
        offered: Answer of getCreateObjectOptions, requested once.
        deadline: Deadline of the whole update.

    Returns:
        The number of the reload before this one; None when there was none.

    Raises:
        InvalidInputError: The operating system cannot be had; nothing was done.
        ProviderError: The reload was refused, or its fate is unknown; the message says which.
        WaitTimeoutError, CancelledError: Before anything was done.
    """
    config = configuration(inputs, present, await offered(session))
    before = reload_number(await until_ready(session, urn, guest_id, deadline.remaining))
    if text(inputs, "userData") != text(present, "userData"):
        await session.api.write(SERVICE, "setUserMetadata", [text(inputs, "userData")], id=guest_id)
    await session.reporter.progress(urn, f"server {guest_id}: its operating system is reloaded")
    try:
        await session.api.order(SERVICE, "reloadOperatingSystem", FORCE, config, id=guest_id)
    except InterruptedCallError as error:
        await _find_lost(session, guest_id, before, error)
    except NotFoundError as error:
        raise missing_key(error, inputs) or error from None
    except RefusedCallError as error:
        raise ProviderError(f"SoftLayer refuses to reload server {guest_id}: {error}.") from None
    return before


def configuration(inputs: Properties, present: Properties, options: Record) -> dict[str, object]:
    """Return the reload's configuration. Pure.

    Args:
        inputs: Inputs of the server, with what is to be installed.
        present: Installed system.
        options: Answer of getCreateObjectOptions.

    Raises:
        InvalidInputError: The operating system is not on offer by that code.
    """
    config: dict[str, object] = {}
    if wholes(inputs, "sshKeyIds"):
        config["sshKeyIds"] = list(wholes(inputs, "sshKeyIds"))
    if text(inputs, "postInstallScriptUri"):
        config["customProvisionScriptUri"] = text(inputs, "postInstallScriptUri")
    if text(inputs, "osCode") != text(present, "osCode"):
        config["itemPrices"] = [{"id": _system_price(text(inputs, "osCode"), options)}]
    return config


def _system_price(code: str, options: Record) -> int:
    for option in records_at(options, "operatingSystems"):
        number = whole_at(option, "itemPrice.id")
        if text_at(option, "template.operatingSystemReferenceCode") == code and number is not None:
            return number
    raise InvalidInputError(
        "osCode",
        f"{code!r} is no operating system that a server can be reloaded to: name one that getImages lists "
        "(none of the LATEST kind). Nothing was changed.",
    )


async def _find_lost(session: Session, guest_id: int, before: int | None, error: ProviderError) -> None:
    settle = Deadline(session.settings.order_settle)
    while settle.remaining > 0:
        if reload_number(await session.guests.reads.now(guest_id)) != before:
            return
        await session.stop.sleep(PAUSE)
    raise ProviderError(
        f"The reload of server {guest_id} was asked for, but the answer was lost ({error}) and it did not "
        f"begin within {session.settings.order_settle:.0f} s. It was not asked for again. Look at the server "
        f"(slcli vs detail {guest_id}), then run the same command again, which reloads it."
    )
