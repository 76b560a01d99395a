"""Logs in to the server to which the registry is to move, before anything is recorded or built."""

from collections.abc import Callable, Mapping
from typing import Protocol

from operate.error import NotStartedError
from operate.servers.ssh import HostKeyError, RefusedLoginError, SshError
from operate.servers.system_ssh import pinned_servers
from operate.stack.facts import DoorFacts

ServerOutputs = Mapping[str, tuple[str, Mapping[str, object]]]
"""Id and outputs of each server by its name, as the stack's state has them."""


class LoginLink(Protocol):
    """The part of an SSH link that logs in."""

    def log_in(self, server: DoorFacts) -> None:
        """Log in, and nothing else; raises SshError."""


def require_target_login(target: str, read_servers: Callable[[], ServerOutputs], link: LoginLink) -> None:
    """Log in to the target, unless it is still to be ordered.

    Args:
        target: Server, DATACENTER-NAME.
        read_servers: Reads the servers of the stack's state.
        link: Link that logs in with the pinned keys.

    Raises:
        NotStartedError: The target does not answer, or refuses the login.
    """
    for server in pinned_servers(read_servers()):
        if server.name != target:
            continue
        try:
            link.log_in(server.facts)
        except (HostKeyError, RefusedLoginError) as error:
            raise NotStartedError(f"the registry cannot move to {target}: {error}") from None
        except SshError as error:
            detail = str(error).partition("; see docs/")[0]
            raise NotStartedError(
                f"the registry cannot move to {target}, which does not answer ({detail}). Switch it on, then"
                " run the same command again; if the account has it no more, `operate recover ENV --server"
                f" {target}` orders it"
            ) from None
