"""Refuses to accept a host key that is pinned already, where the server does not take the operator's key."""

from collections.abc import Mapping

from operate.error import RefusedError
from operate.servers.host_keys.fingerprint import fingerprint
from operate.servers.script_text import SCRIPTS
from operate.servers.ssh import RefusedLoginError, ScriptRunner
from operate.servers.system_ssh import pinned_servers

_SECONDS = 15.0
"""For a server that may be off (choice)."""


def require_login(
    environment: str, servers: Mapping[str, tuple[str, Mapping[str, object]]], link: ScriptRunner
) -> None:
    """Log in to servers whose host key is to be accepted; one that shows another key is no fault here.

    To pin the same key once more would end well and help nothing.

    Args:
        environment: Name of the stack.
        servers: Id and outputs of each by its name, as the stack's state has them.
        link: Link that logs in with the pinned keys.

    Raises:
        RefusedError: A server shows the pinned key, and refuses the login.
    """
    pinned = pinned_servers(servers)
    answers = link.run_each([server.facts for server in pinned], SCRIPTS / "docker-answers.sh", _SECONDS)
    refusals = [
        f"{server.name} shows the host key that is pinned already, {fingerprint(server.host_key)}, and"
        f" refuses the operator's key. {describe_lost_key(environment, server.name)}"
        for server, answer in zip(pinned, answers, strict=True)
        if isinstance(answer, RefusedLoginError)
    ]
    if refusals:
        raise RefusedError("; ".join(["nothing was done", *refusals]))


def describe_lost_key(environment: str, server: str) -> str:
    """Return what helps a server that does not take the operator's key; pure.

    Args:
        environment: Name of the stack.
        server: Server, DATACENTER-NAME.
    """
    return (
        "Put the key back into root's authorized_keys on the server's console, or reload its OS with the key"
        f" (`slcli vs reload ID --key KEYID`) and then run `operate recover {environment} --accept-host-key"
        f" {server}` (step 3 of docs/runbooks/lost-helper.md)"
    )
