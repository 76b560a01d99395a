"""Logs the clients of this machine in to a stack's registry, and out of it."""

import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from messages.progress import step
from operate.error import NotStartedError, OperateError
from operate.login.authority import authority_of_login, remove_authority
from operate.login.client import CLIENTS, Client

_SECONDS = 60.0
"""For which a client may take to ask the registry (choice)."""


@dataclass(frozen=True)
class RegistryLogin:
    """How a registry is reached.

    Attributes:
        address: `HOST:PORT`.
        user: of it.
        password: secret.
        authority: PEM; "" where everybody knows it.
    """

    address: str
    user: str
    password: str = field(repr=False)
    authority: str = ""


@dataclass(frozen=True)
class ClientResult:
    """What came of one client: its program, and why that failed; "" where it did not."""

    program: str
    failure: str = ""


def parse_login(environment: str, outputs: Mapping[str, object]) -> RegistryLogin:
    """Read how a stack's registry is reached.

    Args:
        environment: the stack's name, for the message.
        outputs: of the stack, readable.

    Raises:
        OperateError: it has no registry.
    """
    texts = {name: str(outputs.get(name) or "") for name in ("endpoint", "user", "password")}
    if missing := [name for name, text in texts.items() if not text]:
        raise OperateError(
            f"environment {environment}: it has no output {', '.join(missing)}; run `pulumi up` first"
        )
    address = texts["endpoint"].partition("://")[2]
    authority = str(outputs.get("certificateAuthority") or "")
    return RegistryLogin(address, texts["user"], texts["password"], authority)


def installed_clients(names: Sequence[str]) -> list[Client]:
    """Return the clients to work on: those named, else all that are installed.

    Raises:
        NotStartedError: one that is named, or every one, is not there.
    """
    supported = ", ".join(CLIENTS)
    if unknown := [name for name in names if name not in CLIENTS]:
        raise NotStartedError(f"no client is called {', '.join(unknown)}; they are {supported}")
    absent = [name for name in names if shutil.which(name) is None]
    if absent:
        raise NotStartedError(f"{', '.join(absent)}: not installed on this machine; known are {supported}")
    clients = [CLIENTS[name] for name in names or CLIENTS if shutil.which(name)]
    if not clients:
        raise NotStartedError(f"no client is installed on this machine; install one of {supported}")
    return clients


def log_in(clients: Sequence[Client], login: RegistryLogin) -> Iterator[ClientResult]:
    """Have each client believe the authority and ask the registry once with the password."""
    for client in clients:
        yield _result_of(client, partial(_log_in, client, login))


def log_out(clients: Sequence[Client], address: str) -> Iterator[ClientResult]:
    """Undo it; a client that is not logged in is none the worse."""
    for client in clients:
        yield _result_of(client, partial(_log_out, client, address))


def _log_in(client: Client, login: RegistryLogin) -> None:
    with authority_of_login(client.authority_file(login.address), login.authority):
        _run(client.login(login.address, login.user), login.password)


def _log_out(client: Client, address: str) -> None:
    remove_authority(client.authority_file(address))
    try:
        _run(client.logout(address), "")
    except OperateError as error:
        if "not logged in" not in str(error).lower():
            raise


def _result_of(client: Client, work: Callable[[], None]) -> ClientResult:
    try:
        work()
    except OperateError as error:
        return ClientResult(client.program, str(error))
    return ClientResult(client.program)


def _run(command: Sequence[str], password: str) -> None:
    try:
        with step(f"{command[0]} {command[1]}"):
            completed = subprocess.run(
                command, input=password, capture_output=True, text=True, timeout=_SECONDS, check=False
            )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise OperateError(f"{command[1]}: {type(error).__name__}") from None
    if completed.returncode != 0:
        detail = (completed.stderr.strip() or completed.stdout.strip() or "no reason given").splitlines()[-1]
        raise OperateError(f"{command[1]}: {detail.removeprefix('Error: ')}")
