"""What is changed on servers of whatever kind while they run, and the mark of a delivered order."""

from provider.errors import REFRESH, ProviderError
from provider.resources.contract import State
from provider.resources.servers.ordered_server import recorded_token
from provider.resources.virtual_guest.fields import MARK, ORDER_TOKEN
from provider.resources.virtual_guest.view import full_hostname, speed
from provider.session import Session
from provider.softlayer.records import Record, text_at
from provider.values import Properties, flag, text, texts, whole


async def edit_names(
    session: Session, service: str, number: int | str, server: Record, old: Properties, inputs: Properties
) -> None:
    """Set host name, domain and notes where they differ; harmless to repeat.

    Args:
        session: The configured provider.
        service: Service of SoftLayer that has the server.
        number: Id of the server in that service.
        server: Server as it is.
        old: The inputs before; notes that were removed from them are emptied.
        inputs: The new ones, with the order token.
    """
    desired = {
        "hostname": full_hostname(inputs, text(inputs, ORDER_TOKEN)),
        "domain": text(inputs, "domain"),
    }
    if "notes" in inputs or "notes" in old:
        desired["notes"] = text(inputs, "notes")
    edits = {name: value for name, value in desired.items() if text_at(server, name) != value}
    if edits:
        await session.api.write(service, "editObject", edits, id=number)


async def set_speed(
    session: Session, service: str, number: int | str, server: Record, inputs: Properties
) -> None:
    """Set the speed of the server's ports, in Mbps, where it differs."""
    desired = whole(inputs, "networkSpeed")
    if desired is None or desired == speed(server):
        return
    public = () if flag(inputs, "privateNetworkOnly") else ("setPublicNetworkInterfaceSpeed",)
    for method in ("setPrivateNetworkInterfaceSpeed", *public):
        await session.api.write(service, method, desired, id=number)


async def mark_delivered(session: Session, service: str, number: int | str, inputs: Properties) -> None:
    """Say that its order was delivered: the next one of this resource is another server."""
    await session.api.write(service, "setTags", ",".join((*texts(inputs, "tags"), MARK)), id=number)


async def decline_replacement(
    session: Session, urn: str, service: str, number: int | str, old: State
) -> None:
    """Warn that a server stays which a lost run may have ordered, and mark it for the next run to replace.

    Args:
        session: The configured provider.
        urn: The resource.
        service: Service of SoftLayer that has the server.
        number: Id of the server in that service.
        old: The state.
    """
    await session.reporter.warning(
        urn,
        f"Server {number} was not replaced: the provider did not know yet that the state holds it; a run "
        "that was cut short could have ordered it. It is marked now; the same command replaces it.",
    )
    await mark_delivered(session, service, number, old.inputs)
    session.journal.closed(recorded_token(old))


def missing_server(identifier: str) -> ProviderError:
    """Return the error of a change of a server that the account no longer has."""
    return ProviderError(
        f"Server {identifier} is gone from the account. Run {REFRESH}, then the same command again."
    )
