"""Asks servers by SSH what of their installations differs from a state; changes nothing."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from pulumi import automation

from operate.servers.script_text import SCRIPTS
from operate.servers.system_ssh import USER, pinned_servers
from operate.stack.state.installations import (
    ChangedInstallation,
    changed_installations,
    expected_installations,
)
from operate.stack.state.lost_resources import server_outputs

if TYPE_CHECKING:
    from operate.servers.ssh import ScriptRunner

SCRIPT = SCRIPTS / "installed.sh"
_SECONDS = 10.0
"""For which a server may take to answer (choice): one that works does within a second."""


def installed_probe(
    environment: str, config_file: Path | None, log: Callable[[str], None] = lambda _: None
) -> Callable[[automation.Deployment], Sequence[ChangedInstallation]]:
    """Return a function that finds the installations that differ from a state, on servers that answer.

    Args:
        environment: The stack's name.
        config_file: The stack's file where it is elsewhere.
        log: Receives a line for each server that does not answer.
    """

    def probe(state: automation.Deployment) -> Sequence[ChangedInstallation]:
        if not expected_installations(state):
            return ()
        from operate.servers.stack_link import stack_link  # asyncssh takes a third of a second to load

        with closing(stack_link(USER, environment, config_file)) as link:
            changed, failures = ask_servers(state, link, _SECONDS)
        for server, reason in failures.items():
            log(f"{server}: what is installed there is not compared with the state: {reason}")
        return changed

    return probe


def ask_servers(
    state: automation.Deployment, link: "ScriptRunner", seconds: float
) -> tuple[Sequence[ChangedInstallation], Mapping[str, str]]:
    """Return what differs on the servers that answer, and why the others do not.

    Args:
        state: State of the stack.
        link: Link that logs in.
        seconds: Seconds for a server that may be lost.
    """
    from operate.servers.ssh import SshError

    expected = expected_installations(state)
    concerned = {installation.server for installation in expected}
    servers = [server for server in pinned_servers(server_outputs(state)) if server.name in concerned]
    arguments = [installation.argument for installation in expected]
    answers = link.run_each([server.facts for server in servers], SCRIPT, seconds, *arguments)
    outputs, failures = {}, {}
    for server, answer in zip(servers, answers, strict=True):
        if isinstance(answer, SshError):
            failures[server.name] = str(answer)
        elif answer[0]:
            failures[server.name] = answer[2] or f"exit code {answer[0]}"
        else:
            outputs[server.name] = answer[1].decode(errors="replace")
    return changed_installations(expected, outputs), failures
