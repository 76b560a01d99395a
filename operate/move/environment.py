"""A stack with all that a move acts on."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from operate.clock import SystemClock
from operate.doors.front_doors import SshDoors
from operate.error import OperateError
from operate.lock.holder import TTL
from operate.lock.process import this_process
from operate.move.interfaces import MoveDependencies
from operate.move.operations import MoveOperations
from operate.move.runner import MoveScope
from operate.move.ssh_handover import SshHandover
from operate.move.target_login import require_target_login
from operate.route.provider_route import ProviderRoute
from operate.servers.stack_link import stack_link
from operate.stack.automation.lazy_stack import LazyStack
from operate.stack.config.unfinished_adoption import require_no_adoption
from operate.stack.facts import Facts
from operate.stack.facts_cache import facts_cache
from operate.stack.provider_configuration import provider_configuration
from operate.store.stack_store import questioned_store, server_store, stack_store
from operate.swap.checks.traffic import SshTraffic
from operate.swap.dependencies import Dependencies


@dataclass(frozen=True)
class OpenMove:
    """A stack whose registry can be moved.

    Attributes:
        facts: Read from its outputs.
        operations: Operations on the stack.
    """

    facts: Facts
    operations: MoveOperations


@contextmanager
def open_move(
    name: str,
    what: str,
    log: Callable[[str], None],
    config_file: Path | None = None,
    *,
    is_question: bool,
    requires_valid_file: bool,
) -> Iterator[OpenMove]:
    """Open a stack.

    Args:
        name: Name of the stack.
        what: The command, for the lock.
        log: Receives a line for each step.
        config_file: The stack's file where it is elsewhere.
        is_question: Whether the command changes nothing, and gives up on a slow object storage.
        requires_valid_file: Whether a stack file with mistakes refuses the command.

    Raises:
        InvalidStackFileError: The stack file has mistakes.
        NotStartedError: An adoption of the stack has not ended, and the command changes something.
        OperateError: The stack's outputs lack what is needed.
    """
    if not is_question:
        require_no_adoption(name, config_file)
    clock = SystemClock()
    stack = LazyStack(name, config_file, facts_cache(name, config_file), clock)
    if requires_valid_file:
        stack.check_settings({})
    facts = stack.facts()
    link = stack_link(facts.ssh_user, name, config_file)
    traffic = SshTraffic(link, clock)

    try:
        number = facts.global_ip.number if facts.global_ip else 0
        move_dependencies = MoveDependencies(
            stack=stack,
            doors=lambda present: SshDoors(present, link),
            store=lambda door: server_store(facts, link, door),
            handover=SshHandover(link),
            global_ip=ProviderRoute(number, lambda: provider_configuration(name, config_file)),
            resolve=addresses_of,
            require_login=lambda server: require_target_login(server, stack.server_outputs, link),
        )
        dependencies = Dependencies(stack, SshDoors(facts, link), traffic, clock, log)
        store = questioned_store(facts, link) if is_question else stack_store(facts, link)
        operations = MoveOperations(
            dependencies, MoveScope(move_dependencies, store), this_process(what, TTL)
        )
        yield OpenMove(facts, operations)
    finally:
        with suppress(OperateError):
            traffic.close()
        link.close()


def addresses_of(name: str) -> frozenset[str]:
    """Return the IPv4 addresses that a DNS name means on this machine; none where it means nothing."""
    try:
        answers = socket.getaddrinfo(name, None, socket.AF_INET, socket.SOCK_STREAM)
    except OSError:
        return frozenset()
    return frozenset(str(answer[4][0]) for answer in answers)
