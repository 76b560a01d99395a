"""Asks servers by SSH whether their Docker answers, before Pulumi is sent there."""

from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from messages.stack_name import name_stack
from operate.servers.script_text import SCRIPTS
from operate.servers.ssh import HostKeyError, SshError, SshLink
from operate.servers.stopped_docker import is_docker_silent, stopped_docker_remedy
from operate.servers.system_ssh import USER, PinnedServer
from operate.stack.config.setting_keys import ROTATION
from operate.stack.config.stack_file import read_plain, stack_file_of
from operate.stack.config.staged_host_key import rotated_server
from operate.stack.operator_key import operator_key

_SECONDS = 10.0
"""For which a server may take to answer (choice): one that works does within a second."""


def docker_probe(
    environment: str,
    config_file: Path | None,
    log: Callable[[str], None],
    refuse: Callable[[str], None] = lambda _: None,
) -> Callable[[Sequence[PinnedServer]], Collection[PinnedServer]]:
    """Return a function that finds the servers whose Docker answers.

    Args:
        environment: The stack's name.
        config_file: The stack's file where it is elsewhere.
        log: Receives a line for each server on which nothing can be observed.
        refuse: Receives what helps each server that shows another host key than the pinned one.
    """

    def probe(hosts: Sequence[PinnedServer]) -> Collection[PinnedServer]:
        if not hosts:
            return ()
        # Pulumi logs in with the pinned key alone; one that a rotation has staged would not help it.
        link = SshLink(USER, operator_key(environment, config_file))
        rotated = rotated_server(read_plain(stack_file_of(environment, config_file), ROTATION))
        try:
            answers = link.run_each([host.facts for host in hosts], SCRIPTS / "docker-answers.sh", _SECONDS)
        finally:
            link.close()
        answering = []
        for host, answer in zip(hosts, answers, strict=True):
            if reason := _hindrance(environment, host.name, answer, rotated):
                log(f"{host.name}: its containers are not looked at: {name_stack(reason, environment)}")
                if isinstance(answer, HostKeyError) and host.name != rotated:
                    refuse(reason)
            else:
                answering.append(host)
        return answering

    return probe


def _hindrance(environment: str, name: str, answer: tuple[int, bytes, str] | SshError, rotated: str) -> str:
    """Return why Pulumi does not get at a server's containers, with what helps; "" where it does."""
    if isinstance(answer, HostKeyError) and name == rotated:
        return (
            "it shows another SSH host key than the pinned one, since its rotation has not ended; `operate"
            f" rotate host-key ENV --server {name}` ends it"
        )
    if isinstance(answer, SshError):
        return str(answer)
    code, _, message = answer
    if code and (not message or is_docker_silent(message)):
        return stopped_docker_remedy(name)
    return message if code else ""
