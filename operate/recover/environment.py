"""A stack with all that a recovery needs, whatever of it is lost."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from operate.clock import SystemClock
from operate.doors.front_doors import SshDoors
from operate.error import OperateError
from operate.history.events import Event, noting_events
from operate.move.closing_doors import reopen_doors
from operate.move.ssh_handover import SshHandover
from operate.servers.ssh import SshLink
from operate.servers.system_ssh import PinnedServer
from operate.stack.automation.pulumi_stack import PulumiStack
from operate.stack.automation.pulumi_workspace import StackPlace
from operate.stack.background import in_background, result_of
from operate.stack.config.setting_keys import MOVE
from operate.stack.config.stack_file import has_setting, stack_file_of
from operate.stack.config.unfinished_adoption import require_no_adoption
from operate.stack.facts import Facts
from operate.stack.facts_cache import facts_cache
from operate.stack.probes.installed_probe import installed_probe


@dataclass(frozen=True)
class OpenRecovery:
    """A stack under its lock, and the way to its servers.

    Attributes:
        stack: The stack.
        facts: Facts of the last `pulumi up` before this.
        link: Connections to the servers.
        file: The stack's file.
        refused: What helps each server that showed another host key than the pinned one.
    """

    stack: PulumiStack
    facts: Facts
    link: SshLink
    file: Path
    refused: list[str]

    def reopen_doors(self, lost: Collection[str], log: Callable[[str], None]) -> tuple[str, ...]:
        """Have front doors that a killed move left keep connections open again, where no move is under way.

        Args:
            lost: Servers, DATACENTER-NAME, which were ordered since and have none of it.
            log: Receives a line for each such door.

        Returns:
            Those doors, DATACENTER-SERVER.
        """
        if has_setting(self.file, MOVE):
            return ()
        front_doors = [door for door in self.facts.doors if door.name not in lost]
        doors, handover = SshDoors(self.facts, self.link), SshHandover(self.link)
        return reopen_doors(self.facts, front_doors, doors, handover, log)


@contextmanager
def open_recovery(
    name: str,
    log: Callable[[str], None],
    config_file: Path | None,
    command: str = "recover",
    *,
    ask_early: bool = False,
    agreed: bool = False,
    events: Sequence[Event] = (),
) -> Iterator[OpenRecovery]:
    """Open a stack under the lock.

    Args:
        name: Name of the stack.
        log: Receives a line where there is no lock.
        config_file: The stack's file where it is elsewhere.
        command: Command, for an operator who meets the lock.
        ask_early: Whether the account is asked for everything while the lock is taken, which changes nothing.
        agreed: Whether the operator has agreed to every order beforehand.
        events: List; what the caller appends to it is noted in the history at the end.

    Raises:
        HeldError: Another operator holds the lock.
        NotStartedError: An adoption of the stack has not ended, which does the same.
        OperateError: The stack or the lock cannot be read, or the stack file has mistakes.
    """
    require_no_adoption(name, config_file)
    cache = facts_cache(name, config_file)
    place = StackPlace(name, config_file and config_file.resolve())

    refused: list[str] = []

    def probe(hosts: Sequence[PinnedServer]) -> Collection[PinnedServer]:
        from operate.stack.probes.docker_probe import docker_probe

        return docker_probe(name, config_file, log, refused.append)(hosts)

    installed = installed_probe(name, config_file, log)
    stack = PulumiStack(place, SystemClock(), cache.write, probe=probe, installed=installed)
    checking = in_background(lambda: stack.check_settings({}))
    if ask_early:
        stack.ask_early(agreed=agreed)
    reading = in_background(stack.facts)
    # Swift and SSH take half a second to load, while Pulumi reads the outputs.
    from operate.recover.recovery_lock import recovery_lock
    from operate.servers.stack_link import stack_link

    # A file with mistakes is named before what Pulumi makes of it.
    with suppress(OperateError):
        result_of(reading)
    result_of(checking)
    facts = result_of(reading)
    with (
        closing(stack_link(facts.ssh_user, name, config_file)) as link,
        recovery_lock(facts, command, log, link) as lock,
        stack.locked(lock),
        noting_events(events, lock, log),
    ):
        yield OpenRecovery(stack, facts, link, stack_file_of(name, config_file), refused)
