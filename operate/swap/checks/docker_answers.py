"""Asks the servers of a stack for their Docker before anything is built there; without it Pulumi fails."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from operate.error import NotStartedError
from operate.servers.front_doors import SCRIPTS
from operate.servers.ssh import SshError
from operate.servers.stopped_docker import stopped_docker_remedy
from operate.stack.facts import Colour, DoorFacts, Facts

_SECONDS = 15.0
"""For a server that may be lost (choice); Docker itself has five, and answers within one."""


class Runner(Protocol):
    """The part of an SSH link that asks several servers at once."""

    def run_each(
        self, servers: Sequence[DoorFacts], script: Path, timeout: float, *arguments: str
    ) -> list[tuple[int, bytes, str] | SshError]:
        """Run a script on each.

        Args:
            servers: on which it runs, at once.
            script: file that runs there by bash.
            timeout: seconds after which a server counts as silent.
            arguments: of the script.
        """


def require_docker(facts: Facts, link: Runner) -> None:
    """Refuse to begin where Docker does not answer on a server that carries a colour.

    Args:
        facts: of the stack.
        link: leads to the servers.

    Raises:
        NotStartedError: it does not, or a server is not reached; the message has what helps.
    """
    servers = list(dict.fromkeys(facts.host(door, colour) for door in facts.doors for colour in Colour))
    answers = link.run_each(servers, SCRIPTS / "docker-answers.sh", _SECONDS)
    for server, answer in zip(servers, answers, strict=True):
        if isinstance(answer, SshError):
            raise NotStartedError(str(answer))
        if answer[0]:
            raise NotStartedError(
                f"{server.name}: {stopped_docker_remedy(server.name)}. Nothing was built; run the same"
                " command again then"
            )
