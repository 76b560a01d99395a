"""Logs the clients of this machine in to a stack's registry, and out of it and its former addresses."""

import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

from messages.nearest import nearest_hint
from messages.network_failure import describe_network_failure
from messages.progress import step
from operate.error import NotStartedError, OperateError
from operate.login.authority import authority_of_login, remove_authority
from operate.login.client import CLIENTS, Client
from operate.login.recorded_logins import RecordedLogins
from operate.stack.config.stack_file import stack_file_of
from operate.stack.lost_state import advise_on_missing_outputs

_SECONDS = 60.0
"""For which a client may take to ask the registry (choice)."""


@dataclass(frozen=True)
class RegistryLogin:
    """How a registry is reached.

    Attributes:
        address: Address, `HOST:PORT`.
        user: Name of the user.
        password: Password of the user. Secret.
        authority: PEM; "" where everybody knows it.
    """

    address: str
    user: str
    password: str = field(repr=False)
    authority: str = ""


class NoLoginError(OperateError):
    """No login to a stack's registry is recorded on this machine, and there is no such registry any more."""


@dataclass(frozen=True)
class ClientResult:
    """What came of one client at one address.

    Attributes:
        program: Name of the client's program.
        action: Action that the client was to do.
        address: Address, `HOST:PORT`.
        failure: Why it failed; "" where it did not.
        is_former: Whether the registry had the address before, and has another one now.
    """

    program: str
    action: Literal["login", "logout"]
    address: str
    failure: str = ""
    is_former: bool = False


def parse_login(environment: str, outputs: Mapping[str, object]) -> RegistryLogin:
    """Read how a stack's registry is reached.

    Args:
        environment: The stack's name, for the message.
        outputs: Outputs of the stack, readable.

    Raises:
        OperateError: The stack has no registry.
    """
    texts = {name: str(outputs.get(name) or "") for name in ("endpoint", "user", "password")}
    if missing := [name for name, text in texts.items() if not text]:
        raise OperateError(
            f"environment {environment}: it has no output {', '.join(missing)};"
            f" {advise_on_missing_outputs(environment, stack_file_of(environment))}"
        )
    address = texts["endpoint"].partition("://")[2]
    authority = str(outputs.get("certificateAuthority") or "")
    return RegistryLogin(address, texts["user"], texts["password"], authority)


def installed_clients(names: Sequence[str]) -> list[Client]:
    """Return the clients to work on: those named, else all that are installed.

    Raises:
        NotStartedError: A named client is not installed, or none is.
    """
    supported = ", ".join(CLIENTS)
    if unknown := [name for name in names if name not in CLIENTS]:
        hint = nearest_hint(unknown[0], CLIENTS)
        raise NotStartedError(f"--client must be one of {supported}, got {', '.join(unknown)}{hint}")
    absent = [name for name in names if shutil.which(name) is None]
    if absent:
        raise NotStartedError(f"{', '.join(absent)}: not installed on this machine; known are {supported}")
    clients = [CLIENTS[name] for name in names or CLIENTS if shutil.which(name)]
    if not clients:
        raise NotStartedError(f"no client is installed on this machine; install one of {supported}")
    return clients


def describe_no_login(environment: str, clients: Sequence[Client]) -> str:
    """Return that nothing is undone, and what ends a login that `operate login` has not made.

    Args:
        environment: The stack's name.
        clients: Clients that were to be logged out.
    """
    commands = ", ".join(f"`{' '.join(client.logout('HOST:PORT'))}`" for client in clients)
    folders = dict.fromkeys(f"{client.authorities}/HOST:PORT" for client in clients)
    return (
        f"nothing is to be undone: no login to a registry of {environment} is recorded on this machine, and"
        f" there is no such registry any more. A login that was made by hand is ended by {commands}; delete"
        f" {', '.join(folders)} as well"
    )


def log_in(
    clients: Sequence[Client], login: RegistryLogin, recorded: RecordedLogins
) -> Iterator[ClientResult]:
    """Have each client believe the authority and ask the registry once with the password.

    A client that is logged in then forgets the addresses that the registry had before.
    """
    for client in clients:
        failure = _failure_of(partial(_log_in, client, login, recorded))
        yield ClientResult(client.program, "login", login.address, failure)
        if not failure:
            former = [address for address in recorded.addresses(client.program) if address != login.address]
            yield from _log_out_of(client, former, recorded, is_former=True)


def log_out(
    clients: Sequence[Client], recorded: RecordedLogins, present_address: Callable[[], str]
) -> Iterator[ClientResult]:
    """Undo it at every recorded address; a client that is not logged in is none the worse.

    Args:
        clients: Clients to log out.
        recorded: Addresses to which `operate login` has logged them in.
        present_address: Returns the registry's address, for clients without a recorded one; these are left
            alone where it is not known, and another one has a recorded address.

    Raises:
        NoLoginError: No address is recorded, and there is no registry any more.
        OperateError: No address is recorded, and the present one cannot be read.
    """
    addresses = {client.program: recorded.addresses(client.program) for client in clients}
    present: list[str] = []
    if not all(addresses.values()):
        try:
            present = [present_address()]
        except OperateError:
            if not any(addresses.values()):
                raise
    for client in clients:
        yield from _log_out_of(client, addresses[client.program] or present, recorded)


def _log_in(client: Client, login: RegistryLogin, recorded: RecordedLogins) -> None:
    with (
        recorded.adding(client.program, login.address),
        authority_of_login(client.authority_file(login.address), login.authority),
    ):
        _run(client.login(login.address, login.user), login.password)


def _log_out_of(
    client: Client, addresses: Sequence[str], recorded: RecordedLogins, *, is_former: bool = False
) -> Iterator[ClientResult]:
    for address in addresses:
        failure = _failure_of(partial(_log_out, client, address, recorded))
        yield ClientResult(client.program, "logout", address, failure, is_former)


def _log_out(client: Client, address: str, recorded: RecordedLogins) -> None:
    remove_authority(client.authority_file(address))
    try:
        _run(client.logout(address), "")
    except OperateError as error:
        if "not logged in" not in str(error).lower():
            raise
    recorded.remove(client.program, address)


def _failure_of(work: Callable[[], None]) -> str:
    try:
        work()
    except OperateError as error:
        return str(error)
    return ""


def _run(command: Sequence[str], password: str) -> None:
    try:
        with step(f"{command[0]} {command[1]}"):
            completed = subprocess.run(
                command, input=password, capture_output=True, text=True, timeout=_SECONDS, check=False
            )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise OperateError(f"{command[1]}: {describe_network_failure(error, _SECONDS)}") from None
    if completed.returncode != 0:
        detail = (completed.stderr.strip() or completed.stdout.strip() or "no reason given").splitlines()[-1]
        raise OperateError(f"{command[1]}: {detail.removeprefix('Error: ')}")
