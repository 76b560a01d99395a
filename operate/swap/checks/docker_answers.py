"""Asks the servers of a stack for their Docker before anything is built there; without it Pulumi fails."""

from operate.error import NotStartedError
from operate.servers.script_text import SCRIPTS
from operate.servers.ssh import ScriptRunner, SshError
from operate.servers.stopped_docker import stopped_docker_remedy
from operate.stack.facts import Colour, Facts

_SECONDS = 15.0
"""For a server that may be lost (choice); Docker itself has five, and answers within one."""


def require_docker(facts: Facts, link: ScriptRunner) -> None:
    """Refuse to begin where Docker does not answer on a server that carries a colour.

    Args:
        facts: Facts of the stack.
        link: Link that leads to the servers.

    Raises:
        NotStartedError: Docker does not answer, or a server is not reached; the message has what helps.
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
