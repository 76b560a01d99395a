"""Logs in to each server of a stack's state, helpers as well; decides nothing."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from operate.doctor.logins import LoginObservation
from operate.servers.script_text import SCRIPTS
from operate.servers.ssh import HostKeyError, SshError
from operate.servers.system_ssh import PinnedServer, pinned_servers
from operate.stack.facts import DoorFacts

Answer = tuple[int, bytes, str] | SshError


class Runner(Protocol):
    """The part of an SSH link that runs a script on several servers at once."""

    def run_each(
        self, servers: Sequence[DoorFacts], script: Path, timeout: float, *arguments: str
    ) -> list[Answer]:
        """Run a script on each.

        Args:
            servers: Servers on which it runs, at once.
            script: File that runs there by bash.
            timeout: Seconds after which a server counts as silent.
            arguments: Arguments of the script.
        """


def observe_logins(
    servers: Mapping[str, tuple[str, Mapping[str, object]]],
    carriers: Collection[str],
    link: Runner,
    seconds: float,
) -> Sequence[LoginObservation]:
    """Return what a login to each server comes to.

    Args:
        servers: Id and outputs of each server by its name, as the stack's state has them.
        carriers: Servers that other checks log in to, DATACENTER-NAME.
        link: Link that logs in.
        seconds: Seconds for a server that may be lost.
    """
    pinned = pinned_servers(servers)
    answers = link.run_each([_place(server) for server in pinned], SCRIPTS / "docker-answers.sh", seconds)
    by_name = {server.name: answer for server, answer in zip(pinned, answers, strict=True)}
    return [_observation(name, by_name.get(name), carriers) for name in sorted(servers)]


def _observation(name: str, answer: Answer | None, carriers: Collection[str]) -> LoginObservation:
    is_helper = name not in carriers
    if answer is None:
        return LoginObservation(name, is_pinned=False, is_helper=is_helper)
    if isinstance(answer, SshError):
        other_key = isinstance(answer, HostKeyError)
        return LoginObservation(
            name, has_other_key=other_key, reason=_without_remedy(answer), is_helper=is_helper
        )
    code, _, message = answer
    reason = (message or "Docker does not answer") if code else ""
    return LoginObservation(name, reason=reason, is_helper=is_helper)


def _without_remedy(error: SshError) -> str:
    """Return why, without the remedy of a front door: a helper has another one."""
    return str(error).partition("; see ")[0]


def _place(server: PinnedServer) -> DoorFacts:
    datacenter, _, name = server.name.partition("-")
    return DoorFacts(datacenter, name, server.address, server.host_key, "", (), server.port)
