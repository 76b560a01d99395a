"""Asks servers by SSH whether their Docker answers, before Pulumi is sent there."""

from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from operate.recover.refresh_targets import DockerHost
from operate.servers.front_doors import SCRIPTS
from operate.servers.ssh import SshError
from operate.servers.stack_link import stack_link
from operate.stack.facts import DoorFacts

_SECONDS = 10.0
"""For which a server may take to answer (choice): one that works does within a second."""


def docker_probe(
    environment: str, config_file: Path | None, log: Callable[[str], None]
) -> Callable[[Sequence[DockerHost]], Collection[DockerHost]]:
    """Return what tells the servers whose Docker answers.

    Args:
        environment: the stack's name.
        config_file: the stack's file where it is elsewhere.
        log: is given a line for each server on which nothing can be looked at.
    """

    def probe(hosts: Sequence[DockerHost]) -> Collection[DockerHost]:
        if not hosts:
            return ()
        link = stack_link("root", environment, config_file)
        try:
            answers = link.run_each([_place(host) for host in hosts], SCRIPTS / "docker-answers.sh", _SECONDS)
        finally:
            link.close()
        answering = []
        for host, answer in zip(hosts, answers, strict=True):
            reason = str(answer) if isinstance(answer, SshError) else answer[2] if answer[0] else ""
            if isinstance(answer, SshError) or answer[0]:
                log(f"{host.name}: its containers are not looked at: {reason or 'Docker does not answer'}")
            else:
                answering.append(host)
        return answering

    return probe


def _place(host: DockerHost) -> DoorFacts:
    datacenter, _, server = host.name.partition("-")
    return DoorFacts(datacenter, server, host.address, host.host_key, "", ())
