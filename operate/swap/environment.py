"""A stack with all its real edges."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from operate.clock import SystemClock
from operate.error import OperateError
from operate.lock.holder import TTL
from operate.lock.lock import Lock
from operate.lock.process import this_process
from operate.stack.automation.lazy_stack import LazyStack
from operate.stack.background import in_background, result_of
from operate.stack.config.unfinished_adoption import require_no_adoption
from operate.stack.facts import Facts
from operate.stack.facts_cache import facts_cache
from operate.store.object_store import ObjectStore
from operate.swap.dependencies import Dependencies
from operate.swap.operations import Operations


@dataclass(frozen=True)
class OpenEnvironment:
    """A stack that can be operated.

    Attributes:
        name: Name of the stack.
        facts: Read from its outputs.
        store: Store of lock and history.
        operations: Operations on the stack.
    """

    name: str
    facts: Facts
    store: ObjectStore
    operations: Operations


@contextmanager
def open_environment(
    name: str,
    what: str,
    log: Callable[[str], None],
    config_file: Path | None = None,
    *,
    is_question: bool,
    use_cache: bool = False,
    without: Collection[str] = (),
    requires_valid_file: bool = False,
    own_lock: Lock | None = None,
) -> Iterator[OpenEnvironment]:
    """Open a stack.

    Args:
        name: Name of the stack.
        what: The command, for the lock.
        log: Receives a line for each step.
        config_file: The stack's file where it is elsewhere.
        is_question: Whether the command changes nothing, and gives up on a slow object storage.
        use_cache: Use the outputs of the last run, where they are cached, instead of asking Pulumi.
        without: Servers whose front doors are lost, and left alone.
        requires_valid_file: Whether a stack file with mistakes refuses the command.
        own_lock: The stack's lock where this process holds it already.

    Raises:
        InvalidStackFileError: The stack file has mistakes.
        NotStartedError: An adoption of the stack has not ended, and the command changes something.
        OperateError: The stack's outputs lack what is needed.
    """
    if not is_question:
        require_no_adoption(name, config_file)
    cache = facts_cache(name, config_file)
    clock = SystemClock()
    stack = LazyStack(name, config_file, cache, clock, without)
    checking = in_background(lambda: stack.check_settings({})) if requires_valid_file else None
    kept = cache.read() if use_cache else None
    if kept is None:
        pending = in_background(stack.read_facts)
    # SSH, HTTP and Swift take a third of a second to load, in which Pulumi reads the outputs.
    from operate.doors.front_doors import SshDoors
    from operate.servers.stack_link import stack_link
    from operate.store.stack_store import questioned_store, stack_store
    from operate.swap.checks.docker_answers import require_docker
    from operate.swap.checks.traffic import SshTraffic

    if checking is not None:
        result_of(checking)
    facts = (result_of(pending) if kept is None else kept).without(without)
    link = stack_link(facts.ssh_user, name, config_file)
    traffic = SshTraffic(link, clock)
    try:
        store = questioned_store(facts, link) if is_question else stack_store(facts, link)
        doors = SshDoors(facts, link)
        dependencies = Dependencies(
            stack, doors, traffic, clock, log, require_docker=partial(require_docker, link=link)
        )
        me = this_process(what, TTL)
        operations = Operations(dependencies, store, me, own_lock, is_key_current=kept is None)
        yield OpenEnvironment(name, facts, store, operations)
    finally:
        with suppress(OperateError):
            traffic.close()
        link.close()
