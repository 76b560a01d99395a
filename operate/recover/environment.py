"""A stack with all that a recovery needs, whatever of it is lost."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from operate.recover.docker_probe import docker_probe
from operate.recover.recovery_lock import recovery_lock
from operate.swap.edges import SystemClock
from operate.swap.kept_facts import kept_facts
from operate.swap.pulumi_stack import PulumiStack
from operate.swap.pulumi_workspace import StackPlace


@contextmanager
def open_recovery(
    name: str, log: Callable[[str], None], config_file: Path | None, command: str = "recover"
) -> Iterator[PulumiStack]:
    """Open a stack under the lock.

    Where lock and history are on a server, which may be the one that is lost, there is no lock but Pulumi's.

    Args:
        name: of the stack.
        log: is given a line where there is no lock.
        config_file: the stack's file where it is elsewhere.
        command: for whoever meets the lock.

    Raises:
        HeldError: another operator holds the lock.
        OperateError: the stack or the lock cannot be read.
    """
    keeper = kept_facts(name, config_file)
    place = StackPlace(name, config_file and config_file.resolve())
    probe = docker_probe(name, config_file, log)
    stack = PulumiStack(place, SystemClock(), keeper.write, probe=probe)
    with recovery_lock(stack.facts(), command, log):
        yield stack
