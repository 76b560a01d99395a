"""Which host key of a new installation may be believed, and on whose word.

- `userData`: a one-time key that went to the server with its order (`provider.host_keys.one_time_key`).
- `SHA256:...`: the fingerprint that the operator compared, in the program.
- `trust`: the key that the server shows first, since the operator says so in the program.
- SL_ACCEPT_HOST_KEYS with the server's id, `ID` or `ID=SHA256:...`: the same for one command.

Without any of them the first contact is refused, with the fingerprint that the server shows. Nothing secret
has gone to the server by then, since everything that does waits for its host key.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from provider.deadline import Deadline
from provider.errors import FirstContactError
from provider.host_keys.first_contact import Endpoint, exchange_host_key, locate_key
from provider.host_keys.host_key import fingerprint, read_host_key
from provider.host_keys.one_time_key import generate_one_time_key, public_half
from provider.resources.contract import Failure
from provider.session import Session
from provider.settings import ACCEPT_HOST_KEYS
from provider.values import Properties, Value, text

FIRST_CONTACT, KEY_FILE = "firstContact", "sshKeyFile"
USER_DATA, TRUST = "userData", "trust"
PROBE_SECONDS = 300.0
"""For the sshd of a server that is provisioned (choice)."""
SHOWN_SECONDS = 30.0
"""To see what a server shows, for the message of a refusal (choice)."""
_FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")


@dataclass(frozen=True)
class NewInstallation:
    """A server whose host key is not known.

    Attributes:
        identifier: Pulumi id of the server.
        address: Address as a dotted quad.
        read_user_data: Reads the server's user data from the account.
        clear_user_data: Clears the server's user data in the account.
    """

    identifier: str
    address: str
    read_user_data: Callable[[], Awaitable[str]]
    clear_user_data: Callable[[], Awaitable[None]]


def contact_rule(value: Value) -> str | None:
    """Judge the input `firstContact`."""
    if value in (USER_DATA, TRUST) or _FINGERPRINT.fullmatch(str(value)):
        return None
    return f"must be {USER_DATA}, {TRUST} or a fingerprint such as SHA256:..., got {value!r}"


def check_contact(inputs: Properties) -> list[Failure]:
    """Return why the inputs cannot make a first contact by user data."""
    if inputs.get(FIRST_CONTACT) != USER_DATA:
        return []
    failures = []
    if "userData" in inputs:
        failures.append(Failure("userData", f"must be left out where {FIRST_CONTACT} is {USER_DATA}"))
    if KEY_FILE not in inputs:
        failures.append(Failure(KEY_FILE, f"must be set where {FIRST_CONTACT} is {USER_DATA}"))
    return failures


def installed_inputs(session: Session, inputs: Properties) -> Properties:
    """Return the inputs of an order or a reload, with a one-time host key in the user data where it must be.

    The state keeps the inputs without it.
    """
    if text(inputs, FIRST_CONTACT) != USER_DATA:
        return inputs
    key = generate_one_time_key()
    for line in key.private.splitlines():
        session.redactor.register_secret(line)
    return {**inputs, "userData": key.user_data}


async def pin_host_key(
    session: Session, server: NewInstallation, inputs: Properties, deadline: Deadline
) -> str:
    """Return the host key of a new installation.

    Args:
        session: The configured provider.
        server: The server, whose sshd may still be starting.
        inputs: Inputs of the resource.
        deadline: Deadline of the operation: what is left of it, and `PROBE_SECONDS` at most, is waited for
            its sshd.

    Raises:
        FirstContactError: Nothing vouches for the key that the server shows.
        WaitTimeoutError: No sshd answered in time.
        CancelledError: Cancel came.
    """
    rule, authority = text(inputs, FIRST_CONTACT), FIRST_CONTACT
    if (accepted := session.settings.accept_host_keys.get(server.identifier)) is not None:
        rule, authority = accepted or TRUST, ACCEPT_HOST_KEYS
    seconds = min(PROBE_SECONDS, max(1.0, deadline.remaining))
    if rule == TRUST:
        return await read_host_key(server.address, seconds, session.stop)
    if rule == USER_DATA and (one_time := public_half(await server.read_user_data())):
        endpoint = Endpoint(server.address, locate_key(text(inputs, KEY_FILE)))
        try:
            key = await exchange_host_key(endpoint, one_time, seconds, session.stop)
        except FirstContactError as error:
            raise await _refuse(session, server, f"It {error}", SHOWN_SECONDS) from None
        await server.clear_user_data()
        return key
    if _FINGERPRINT.fullmatch(rule):
        key = await read_host_key(server.address, seconds, session.stop)
        if fingerprint(key) == rule:
            return key
        raise await _refuse(session, server, f"Its key is not {rule}, as {authority} says", SHOWN_SECONDS)
    why = "Its user data have no unused one-time key" if rule == USER_DATA else "Its image takes no user data"
    raise await _refuse(session, server, why, seconds)


async def _refuse(session: Session, server: NewInstallation, why: str, seconds: float) -> FirstContactError:
    current = fingerprint(await read_host_key(server.address, seconds, session.stop))
    return FirstContactError(
        f"nothing vouches for the SSH host key of server {server.identifier} at {server.address}. {why}. It"
        f" shows {current}. Nothing secret was sent. Open its console in SoftLayer's portal and compare:"
        " ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub. If it is the same, set firstContact of the server"
        f" to {current} in the stack file, or run the command again with"
        f" {ACCEPT_HOST_KEYS}={server.identifier}={current}; of a registry's server, `bin/operate recover ENV"
        " --accept-host-key SERVER` does the same"
    )
