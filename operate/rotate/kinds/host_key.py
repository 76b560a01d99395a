"""A server's SSH host key is followed by another one, learned in a session that the old one has proved."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from operate.error import OperateError
from operate.record.observed_releases import ObservedReleases
from operate.record.record import Record
from operate.record.rotation_note import beside_rotation
from operate.servers.host_keys.fingerprint import fingerprint
from operate.servers.ssh import HostKeyError, RefusedLoginError, SshError
from operate.stack.config.setting_keys import ROTATION
from operate.stack.config.staged_host_key import HOST_KEY
from operate.swap.start import require_no_operation


@dataclass(frozen=True)
class ServerIdentity:
    """A server as the state has it.

    Attributes:
        name: Server, DATACENTER-NAME.
        number: Pulumi id of the server, by which the provider accepts another key.
        address: Address at which SSH is reached.
        host_key: Pinned host key, `ssh-ed25519 AAAA...`.
    """

    name: str
    number: str
    address: str
    host_key: str


class KeyedServers(Protocol):
    """What a rotation of host keys acts on; every method raises OperateError."""

    def locked(self) -> AbstractContextManager[None]:
        """Hold the stack's lock; without it, every write to the stack file raises."""

    def setting(self, key: str) -> object:
        """Return a setting of the stack file as plain data; None where it is not there."""

    def write_settings(self, settings: Mapping[str, object]) -> None:
        """Write settings to the stack file; one that is None is taken out."""

    def note(self, detail: str) -> None:
        """Have the history name the rotation: which secret of which server is another one."""

    def check_settings(self) -> None:
        """Refuse a stack file that has mistakes, with which the other key could not be pinned."""

    def under_way(self) -> Record | None:
        """Return the swap, the rollback or the move that is under way."""

    def observe_releases(self) -> ObservedReleases:
        """Return the releases as front doors and records have them."""

    def server(self, name: str) -> ServerIdentity:
        """Return a server as the state has it."""

    def stage(self, server: ServerIdentity) -> str:
        """Have the server make another key, once, and return its public half."""

    def use(self, server: ServerIdentity, host_key: str) -> None:
        """Have the server show the key that it has made, from now on."""

    def shows(self, server: ServerIdentity, host_key: str, *, after_reload: bool = False) -> bool:
        """Log in, and change nothing; returns whether the server proves a key.

        Args:
            server: Server to log in to.
            host_key: Host key that alone is believed.
            after_reload: Whether the server may show the key before for a moment longer.

        Raises:
            SshError: The server is not reached, also some seconds later.
        """

    def accept(self, server: ServerIdentity, host_key: str) -> str:
        """Pin another key of a server, and bring the stack there; return what was done, for people.

        Args:
            server: Server that shows the key.
            host_key: The only key that is believed.
        """


def rotate_host_key(servers: KeyedServers, name: str, log: Callable[[str], None]) -> str:
    """Let another host key follow a server's; resumes where it was stopped.

    The other key is noted in the stack file before the server shows it, so that it is known whatever happens.

    Args:
        servers: Servers of the stack.
        name: Server, NAME or DATACENTER-NAME.
        log: Receives a line for each step.

    Returns:
        What was done, for people.

    Raises:
        NotStartedError: A swap, a move or another rotation is under way; nothing was begun.
        OperateError: The server cannot be reached; the same command resumes later. Or it shows a key that it
            did not make in the proved session. Or the stack file has mistakes; then nothing was begun.
    """
    servers.check_settings()
    with servers.locked():
        return _rotate(servers, name, log)


def _rotate(servers: KeyedServers, name: str, log: Callable[[str], None]) -> str:
    server = servers.server(name)
    name, following = server.name, _following(servers, server.name)
    if not following:
        require_no_operation(servers.under_way())
    servers.check_settings()
    if not following:
        following = servers.stage(server)
        servers.write_settings({ROTATION: {"kind": HOST_KEY, "server": name, "hostKey": following}})
        log(f"stage ok: {name} has made {fingerprint(following)}")
    try:
        _use(servers, server, following)
    except RefusedLoginError:
        raise
    except SshError as error:
        raise OperateError(_unreachable(server, following, error)) from None
    log(f"use ok: {name} shows it; open sessions continue")
    if server.host_key != following:
        log(f"pin ok: {servers.accept(server, following)}")
    pinned = servers.server(name).host_key
    if pinned != following:
        raise OperateError(
            f"{name}: the state has pinned {fingerprint(pinned)}, not {fingerprint(following)}, which the"
            f" server made itself. Trust nothing that was sent to {server.address}; compare at its console"
        )
    servers.write_settings({ROTATION: None})
    servers.note(f"host-key of {name}")
    return f"{name} shows {fingerprint(following)}, which is pinned; nothing knows the old key any more"


def _use(servers: KeyedServers, server: ServerIdentity, following: str) -> None:
    """Have a server show the key that it has made, and prove it."""
    if servers.shows(server, following):
        return
    failure: SshError | None = None
    try:
        servers.use(server, following)
    except SshError as error:
        # The connection may have broken once the key was in its place: what the server shows decides.
        failure = error
    if servers.shows(server, following, after_reload=True):
        return
    if failure and not isinstance(failure, HostKeyError):
        raise failure
    if servers.shows(server, server.host_key):
        raise OperateError(
            f"{server.name} ({server.address}) still shows the pinned key: its sshd has not loaded"
            f" {fingerprint(following)}, which the server has made. Read `journalctl -u ssh` there, then run"
            " the same command again"
        )
    raise OperateError(
        f"{server.name} ({server.address}) does not show {fingerprint(following)}, which it made itself:"
        " somebody may stand in between. Nothing is pinned; look at the server's console, then run the"
        " same command again"
    )


def _unreachable(server: ServerIdentity, following: str, error: SshError) -> str:
    """Return why a rotation stops at a server that is not reached, without the remedy of a front door."""
    reason = str(error).partition("; see ")[0]
    return (
        f"{reason}. Which host key {server.name} shows is not known; it has made {fingerprint(following)},"
        " which the stack file notes. Run the same command again once the server lets you in"
    )


def _following(servers: KeyedServers, name: str) -> str:
    """The key that a server has made in a rotation that was stopped; "" where there is none.

    Raises:
        NotStartedError: Another rotation is under way, or one of another server's key.
    """
    progress = servers.setting(ROTATION)
    if progress is None:
        return ""
    values = progress if isinstance(progress, Mapping) else {}
    if values.get("kind") != HOST_KEY or values.get("server") != name:
        raise beside_rotation(servers.setting, servers.observe_releases)
    return str(values["hostKey"])
