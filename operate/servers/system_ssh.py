"""The system's own `ssh` to a server of a stack, which believes the pinned host key and no other."""

import subprocess
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from messages.nearest import nearest_hint
from operate.error import NotStartedError, OperateError
from operate.servers.ssh_address import ssh_address
from operate.stack.facts import DoorFacts

SSH_FAILED = 255
"""Exit code of ssh where it did not get as far as the command (ssh(1)), or lost its connection."""
USER = "root"
"""On every server, as the stack sets it up."""


@dataclass(frozen=True)
class PinnedServer:
    """A server and how it proves who it is.

    Attributes:
        name: Server, DATACENTER-NAME.
        address: Address at which SSH is reached.
        host_key: Pinned host key, `ssh-ed25519 AAAA...`.
        port: Port of sshd.
        staged_host_key: Host key that the server may show instead, since it made it in a rotation; "" for
            none.
    """

    name: str
    address: str
    host_key: str
    port: int = 22
    staged_host_key: str = ""

    def command(self, key: Path, known_hosts: Path, words: Sequence[str]) -> list[str]:
        """Return the command that logs in; its options go before those of `~/.ssh/config`.

        Args:
            key: The operator's private key.
            known_hosts: File with `known_hosts_lines` alone.
            words: Command to run there; none starts a shell.
        """
        options = {
            "HostKeyAlias": self.name,
            "UserKnownHostsFile": f'"{known_hosts}"',
            "GlobalKnownHostsFile": "/dev/null",
            "StrictHostKeyChecking": "yes",
            "UpdateHostKeys": "no",
            "IdentitiesOnly": "yes",
            "ForwardAgent": "no",
            # Of another host key it would say how to edit a known_hosts file, which is temporary here.
            "LogLevel": "FATAL",
        }
        given = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
        place = ["-p", str(self.port), f"{USER}@{self.address}"]
        return ["ssh", *given, "-i", str(key), *place, *words]

    @property
    def facts(self) -> DoorFacts:
        """What `SshLink` logs in with."""
        datacenter, _, server = self.name.partition("-")
        return DoorFacts(datacenter, server, self.address, self.host_key, "", (), self.port)

    @property
    def known_hosts_lines(self) -> str:
        """A file of known hosts."""
        host_keys = filter(None, (self.host_key.strip(), self.staged_host_key))
        return "".join(f"{self.name} {host_key}\n" for host_key in host_keys)


def pinned_servers(state: Mapping[str, tuple[str, Mapping[str, object]]]) -> list[PinnedServer]:
    """Return the servers that can be logged in to.

    Args:
        state: Id and outputs of each server by its name, as the stack's state has them.
    """
    servers = []
    for name, (_, outputs) in sorted(state.items()):
        address, host_key = ssh_address(outputs), outputs.get("sshHostKey")
        if address and host_key:
            servers.append(PinnedServer(name, address, str(host_key)))
    return servers


def choose_server(environment: str, name: str, servers: Iterable[PinnedServer]) -> PinnedServer:
    """Return the server of a name, with or without its datacenter.

    Raises:
        NotStartedError: No server has it, or several do.
    """
    by_name = {server.name: server for server in servers}
    if name in by_name:
        return by_name[name]
    matches = [server for server in by_name.values() if server.name.partition("-")[2] == name]
    if len(matches) == 1:
        return matches[0]
    names = ", ".join(by_name) or "none"
    if matches:
        raise NotStartedError(
            f"environment {environment}: several servers are called {name}; servers are {names}"
        )
    raise NotStartedError(
        f"environment {environment}: no server is called {name}{nearest_hint(name, by_name)}; servers with a"
        f" pinned host key are {names}"
    )


def log_in(server: PinnedServer, key: Path, words: Sequence[str]) -> int:
    """Log in, with this process's terminal; returns the exit code of `ssh`.

    Args:
        server: Server to log in to.
        key: The operator's private key.
        words: Command to run there; none starts a shell.

    Raises:
        OperateError: `ssh` cannot be started.
    """
    with tempfile.TemporaryDirectory(prefix="operate-ssh-") as folder:
        known_hosts = Path(folder) / "known_hosts"
        known_hosts.write_text(server.known_hosts_lines)
        try:
            return subprocess.call(server.command(key, known_hosts, words))
        except OSError as error:
            raise OperateError(
                f"ssh cannot be started ({type(error).__name__}); install OpenSSH's client"
            ) from None
