"""What every ordered server has, virtual or bare metal: token, address, host key, an unfinished wait."""

from provider.errors import CancelledError, ProviderError, UnfinishedError, WaitTimeoutError
from provider.host_keys.host_key import fingerprint, read_host_key
from provider.resources.contract import Live, State
from provider.resources.servers.installation import Installation, current_installation, unread_key
from provider.resources.virtual_guest.fields import ORDER_TOKEN
from provider.resources.virtual_guest.view import base_hostname
from provider.session import Session
from provider.softlayer.records import Record, text_at
from provider.values import UNKNOWN, Properties, flag, text

IMPORT_PROBE_SECONDS = 5
"""An import does not wait for a server that is silent (choice)."""


def recorded_token(state: State) -> str:
    """Return the order token that the state holds; "" for none."""
    return text(state.outputs, ORDER_TOKEN) or text(state.inputs, ORDER_TOKEN)


def imported_token(session: Session, urn: str, server: Record) -> str:
    """Return the order token of an imported server, if it was ordered for this very resource; else ""."""
    last = text_at(server, "hostname").rpartition("-")[2]
    ours = session.tokens.is_derived_token(urn, last)
    return last if ours and base_hostname(text_at(server, "hostname"), last) else ""


def address(server: Record) -> str:
    """Return where it is reached: its public address or else its private one; "" before it has any."""
    return text_at(server, "primaryIpAddress") or text_at(server, "primaryBackendIpAddress")


async def imported_host_key(session: Session, identifier: str, server: Record) -> str:
    """Return the host key that an imported server shows; "" where it is silent, or nobody vouches for it."""
    accepted = session.settings.accept_host_keys.get(identifier)
    if accepted is None:
        return ""
    try:
        key = await read_host_key(address(server), IMPORT_PROBE_SECONDS, session.stop)
    except WaitTimeoutError:
        return ""
    return key if accepted in ("", fingerprint(key)) else ""


async def read_installation(session: Session, identifier: str, server: Record, state: State) -> Installation:
    """Return the installation that a Read finds; of an import, with the host key that the server shows."""
    installation = current_installation(state.outputs, identifier, server, session.settings.accept_host_keys)
    if state.inputs or not address(server):
        return installation
    return Installation(installation.name, await imported_host_key(session, identifier, server))


def live_server(
    identifier: str,
    inputs: Properties,
    outputs: Properties,
    installation: Installation,
    state: State,
    provisioning: str = "",
) -> Live:
    """Return a server as a Read found it.

    Args:
        identifier: Pulumi id of the server.
        inputs: Inputs as the account has them.
        outputs: Outputs as the account has them.
        installation: Installation that it is on.
        state: State that the engine holds.
        provisioning: Why it is still being provisioned; "" where it is not.

    Raises:
        UnfinishedError: The server is still being provisioned, or its SSH host key is not pinned.
    """
    if not provisioning and flag(inputs, "probeSsh") and not installation.host_key:
        provisioning = unread_key(identifier, installation, state.outputs)
    if provisioning:
        raise UnfinishedError(identifier, outputs, (provisioning,), inputs)
    return Live(identifier, inputs, outputs)


def unfinished(
    identifier: str, error: ProviderError, outputs: Properties, inputs: Properties | None = None
) -> UnfinishedError:
    """Return a wait that failed, as an error that keeps the server's id and what is known of it."""
    why = "the wait was cancelled" if isinstance(error, CancelledError) else str(error)
    facts = {name: value for name, value in outputs.items() if value is not UNKNOWN}
    return UnfinishedError(
        identifier,
        facts,
        (f"Server {identifier} is ordered but not ready: {why}. Its id is kept; pulumi up waits for it.",),
        inputs,
    )
