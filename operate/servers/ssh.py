"""SSH to the doors' servers, with pinned host keys; a thread with an event loop of its own."""

import asyncio
import shlex
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol, TypeVar, cast

import asyncssh

from messages.network_failure import describe_network_failure
from messages.progress import step
from operate.error import OperateError
from operate.servers.full_disk import explain_full_disk
from operate.servers.script_text import script_text
from operate.stack.facts import DoorFacts
from operate.stack.operator_key import VARIABLE as KEY_VARIABLE

T = TypeVar("T")

_CONNECT, _RUN = 10.0, 90.0
"""Seconds for a connection and for a script (choices); the scripts wait 20 s at most for each other."""


class SshError(OperateError):
    """A server cannot be reached."""


class UnreachableError(SshError):
    """A server does not answer, or does not end a command.

    Args:
        server: Name of the server, DATACENTER-SERVER.
        message: Message, for people.
    """

    def __init__(self, server: str, message: str) -> None:
        super().__init__(message)
        self.server = server


class HostKeyError(SshError):
    """A server shows another host key than the pinned one: it was reinstalled, or is another machine."""


class RefusedLoginError(SshError):
    """A server proves the pinned host key, and does not take the operator's key."""


class _OtherHostKey(asyncssh.SSHClient):
    """Keeps the fingerprint of a host key that is not the pinned one, and believes none.

    Attributes:
        fingerprint: Fingerprint as `ssh-keygen -l` shows it; "" where the server has shown the pinned key.
    """

    def __init__(self) -> None:
        self.fingerprint = ""

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
        self.fingerprint = key.get_fingerprint()
        return False


class _Listener(Protocol):
    """The part of asyncssh's listener that is used."""

    def get_port(self) -> int: ...

    def close(self) -> None: ...


class _CompletedRun(Protocol):
    """The part of asyncssh's answer that is used."""

    exit_status: int | None
    stdout: bytes
    stderr: bytes


class ScriptRunner(Protocol):
    """The part of `SshLink` that runs a script on several servers at once."""

    def run_each(
        self, servers: Sequence[DoorFacts], script: Path, timeout: float, *arguments: str
    ) -> Sequence[tuple[int, bytes, str] | SshError]:
        """Return exit code, output and message of each server, or why it cannot be reached.

        Args:
            servers: Servers on which it runs, at once.
            script: File that runs there by bash.
            timeout: Seconds after which a server counts as silent.
            arguments: Arguments of the script.
        """


class SshLink:
    """Connections that are kept; may be used by several threads.

    Args:
        user: User on every server.
        key_file: The operator's private key.
        staged_host_key: Returns the host key that a server, DATACENTER-NAME, may show instead of the pinned
            one, "" for none. Called where a server does not prove the pinned one.
    """

    def __init__(
        self, user: str, key_file: Path, staged_host_key: Callable[[str], str] = lambda _: ""
    ) -> None:
        self._user, self._key, self._staged_host_key = user, key_file, staged_host_key
        self._loop = asyncio.new_event_loop()
        self._connections: dict[tuple[str, int], asyncio.Task[asyncssh.SSHClientConnection]] = {}
        self._thread = threading.Thread(target=self._loop.run_forever, name="ssh", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Close all connections."""
        self._wait(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def log_in(self, server: DoorFacts) -> None:
        """Log in, and nothing else.

        Raises:
            SshError: The server cannot be reached, shows another host key, or refuses the operator's key.
        """
        with _step([server], "a login"):
            self._wait(self._connection(server))

    def run(
        self, server: DoorFacts, script: Path, *arguments: str, stdin_payload: bytes = b""
    ) -> tuple[int, bytes, str]:
        """Run a script there from standard input; where the connection breaks, twice, as all of them may be.

        Returns:
            Exit code, standard output, the last line of standard error, with what helps against a full disk.

        Raises:
            SshError: The server cannot be reached, or the script does not end.
        """
        with _step([server], script.name):
            return self._wait(self._run_with_retry(server, script, arguments, stdin_payload))

    def run_all(
        self, servers: tuple[DoorFacts, ...], script: Path, *arguments: str
    ) -> list[tuple[int, bytes, str]]:
        """Run a script on several servers at once."""

        async def run_together() -> list[tuple[int, bytes, str]]:
            runs = (self._run_with_retry(server, script, arguments, b"") for server in servers)
            outcomes = await asyncio.gather(*runs, return_exceptions=True)
            for outcome in outcomes:
                if isinstance(outcome, BaseException):
                    raise outcome
            return [outcome for outcome in outcomes if not isinstance(outcome, BaseException)]

        with _step(servers, script.name):
            return self._wait(run_together())

    def run_each(
        self, servers: Sequence[DoorFacts], script: Path, timeout: float, *arguments: str
    ) -> list[tuple[int, bytes, str] | SshError]:
        """Run a script on several servers at once, each for itself.

        Args:
            servers: Servers on which it runs.
            script: Text of the script.
            timeout: Seconds for each, connection included.
            arguments: Arguments of the script.

        Returns:
            As `run`, or why there is no answer, for each.
        """

        async def run_one(server: DoorFacts) -> tuple[int, bytes, str] | SshError:
            try:
                return await asyncio.wait_for(self._run_with_retry(server, script, arguments, b""), timeout)
            except TimeoutError:
                self._forget(server)
                return _unreachable(server, f"no answer within {timeout:.0f} s")
            except SshError as error:
                return error

        async def run_together() -> list[tuple[int, bytes, str] | SshError]:
            return await asyncio.gather(*(run_one(server) for server in servers))

        with _step(servers, script.name):
            return self._wait(run_together())

    @contextmanager
    def forward(self, server: DoorFacts, port: int, address: str = "127.0.0.1") -> Iterator[int]:
        """Give a local port that leads to one of the server's, by default on its loopback.

        Raises:
            SshError: The server cannot be reached.
        """
        with _step([server], f"port {port}"):
            listener = self._wait(self._listen(server, port, address))
        try:
            yield listener.get_port()
        finally:
            self._loop.call_soon_threadsafe(listener.close)

    def _wait(self, work: Coroutine[object, object, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _run_with_retry(
        self, server: DoorFacts, script: Path, arguments: tuple[str, ...], stdin_payload: bytes
    ) -> tuple[int, bytes, str]:
        try:
            return await self._run(server, script, arguments, stdin_payload)
        except asyncssh.Error:
            self._forget(server)
        try:
            return await self._run(server, script, arguments, stdin_payload)
        except asyncssh.Error as error:
            raise _unreachable(server, f"{script.name}: {error.reason}") from None

    async def _run(
        self, server: DoorFacts, script: Path, arguments: tuple[str, ...], stdin_payload: bytes
    ) -> tuple[int, bytes, str]:
        connection = await self._connection(server)
        command = f"timeout {_RUN:.0f} bash -s -- {shlex.join(arguments)}"
        try:
            completed = cast(
                _CompletedRun,
                await connection.run(
                    command,
                    input=script_text(script).encode() + stdin_payload,
                    encoding=None,
                    timeout=_RUN + 5,
                ),
            )
        except (TimeoutError, asyncssh.ProcessError):
            raise _unreachable(server, f"{script.name} did not end within {_RUN:.0f} s") from None
        if completed.exit_status is None:
            raise asyncssh.ConnectionLost("the connection broke")
        stderr = completed.stderr.decode(errors="replace").strip()
        message = stderr.splitlines()[-1] if stderr else ""
        if completed.exit_status:
            message = explain_full_disk(_name(server), stderr, message)
        return completed.exit_status, completed.stdout, message

    async def _listen(self, server: DoorFacts, port: int, address: str) -> _Listener:
        connection = await self._connection(server)
        try:
            return cast(_Listener, await connection.forward_local_port("127.0.0.1", 0, address, port))
        except (asyncssh.Error, OSError) as error:
            self._forget(server)
            raise _unreachable(
                server, f"no connection to its port {port} ({describe_network_failure(error)})"
            ) from None

    async def _connection(self, server: DoorFacts) -> asyncssh.SSHClientConnection:
        key = (server.address, server.ssh_port)
        task = self._connections.get(key)
        if task is None or (task.done() and not _usable(task)):
            task = self._connections[key] = self._loop.create_task(self._connect(server))
            task.add_done_callback(_take_failure)
        return await asyncio.shield(task)

    async def _connect(self, server: DoorFacts) -> asyncssh.SSHClientConnection:
        other = _OtherHostKey()
        try:
            try:
                return await self._dial(server, server.host_key, other)
            except asyncssh.HostKeyNotVerifiable:
                if not (staged := self._staged_host_key(server.name)):
                    raise
            return await self._dial(server, staged, other)
        except asyncssh.HostKeyNotVerifiable:
            raise _host_key_error(server, other.fingerprint) from None
        except asyncssh.PermissionDenied as error:
            raise RefusedLoginError(
                f"{_label(server)}: refuses the operator's key ({error}); check that {self._key} is the"
                f" stack's key: {KEY_VARIABLE} goes before the stack file's sshKeyFile. If it is, see step 3"
                " of docs/runbooks/lost-helper.md, then run the command again"
            ) from None
        except (OSError, asyncssh.Error, asyncssh.KeyImportError) as error:
            raise _unreachable(server, describe_network_failure(error, _CONNECT)) from None

    async def _dial(
        self, server: DoorFacts, host_key: str, other: "_OtherHostKey"
    ) -> asyncssh.SSHClientConnection:
        return await asyncssh.connect(
            server.address,
            server.ssh_port,
            client_factory=lambda: other,
            username=self._user,
            client_keys=[str(self._key)],
            known_hosts=([asyncssh.import_public_key(host_key)], [], []),
            agent_path=None,
            config=None,
            connect_timeout=_CONNECT,
            login_timeout=_CONNECT,
            keepalive_interval=15,
        )

    def _forget(self, server: DoorFacts) -> None:
        self._connections.pop((server.address, server.ssh_port), None)

    async def _close(self) -> None:
        for task in self._connections.values():
            if _usable(task):
                task.result().abort()
        pending = asyncio.all_tasks() - {asyncio.current_task()}
        for unfinished in pending:
            unfinished.cancel()
        await asyncio.gather(*pending, return_exceptions=True)


def _step(servers: Sequence[DoorFacts], what: str) -> AbstractContextManager[object]:
    """Show the servers that the command waits for, and what runs on them."""
    return step(f"SSH to {', '.join(server.name for server in servers)}, {what}")


def _take_failure(task: "asyncio.Task[asyncssh.SSHClientConnection]") -> None:
    """Take the failure of a connection that nobody waits for any more, which asyncio would print."""
    if not task.cancelled():
        task.exception()


def _usable(task: "asyncio.Task[asyncssh.SSHClientConnection]") -> bool:
    if not task.done() or task.cancelled() or task.exception() is not None:
        return False
    return not task.result().is_closed()


def _unreachable(server: DoorFacts, detail: str) -> UnreachableError:
    return UnreachableError(
        server.name,
        f"{_label(server)}: {detail}; see docs/runbooks/lost-front-door.md, then run the command again",
    )


def _name(server: DoorFacts) -> str:
    """DATACENTER-NAME for a command; a placeholder where the facts do not have it."""
    return server.name if server.server else "SERVER"


def _host_key_error(server: DoorFacts, fingerprint: str) -> HostKeyError:
    shown = f", {fingerprint}," if fingerprint else ""
    accepted = f"={fingerprint}" if fingerprint else ""
    return HostKeyError(
        f"{_label(server)}: shows another host key{shown} than the one pinned in the stack; compare it with"
        " the server's console, then run `operate recover ENV --accept-host-key"
        f" {_name(server)}{accepted}`: see docs/runbooks/lost-server.md"
    )


def _label(server: DoorFacts) -> str:
    return f"{server.datacenter}, server {server.server or server.address} ({server.address})"


class ServerShell:
    """One server, for a store in its folder.

    Args:
        link: The connections.
        server: Server on which commands run.
    """

    def __init__(self, link: SshLink, server: DoorFacts) -> None:
        self._link, self._server = link, server

    def run(self, script: Path, *arguments: str, stdin_payload: bytes = b"") -> tuple[int, bytes, str]:
        """Return exit code, standard output and the last line of standard error."""
        return self._link.run(self._server, script, *arguments, stdin_payload=stdin_payload)
