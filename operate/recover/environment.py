"""A stack with all that a recovery needs, whatever of it is lost."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from operate.recover.docker_probe import docker_probe
from operate.recover.recovery_lock import recovery_lock
from operate.servers.ssh import SshLink
from operate.stack.facts_cache import facts_cache
from operate.stack.operator_key import operator_key
from operate.stack.pulumi_stack import PulumiStack
from operate.stack.pulumi_workspace import StackPlace
from operate.swap.interfaces import SystemClock


@contextmanager
def open_recovery(
    name: str,
    log: Callable[[str], None],
    config_file: Path | None,
    command: str = "recover",
    *,
    ask_early: bool = False,
) -> Iterator[PulumiStack]:
    """Open a stack under the lock.

    Args:
        name: of the stack.
        log: is given a line where there is no lock.
        config_file: the stack's file where it is elsewhere.
        command: for whoever meets the lock.
        ask_early: whether the account is asked for everything while the lock is taken, which changes nothing.

    Raises:
        HeldError: another operator holds the lock.
        OperateError: the stack or the lock cannot be read.
    """
    cache = facts_cache(name, config_file)
    place = StackPlace(name, config_file and config_file.resolve())
    probe = docker_probe(name, config_file, log)
    stack = PulumiStack(place, SystemClock(), cache.write, probe=probe)
    if ask_early:
        stack.ask_early()
    facts = stack.facts()
    with (
        closing(SshLink(facts.ssh_user, operator_key(name, config_file))) as link,
        recovery_lock(facts, command, log, link),
    ):
        yield stack
