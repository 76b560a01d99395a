"""A stack with all that a standby needs to take over; Pulumi is asked only if need be."""

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from operate.clock import SystemClock
from operate.doors.door_status import DoorStatus
from operate.doors.front_doors import SshDoors
from operate.error import OperateError
from operate.history.events import Event, noting_events
from operate.recover.recovery_lock import recovery_lock
from operate.recover.takeover.ssh_standby import SshStandby
from operate.recover.takeover.standby_choice import choose_standby, front_doors, placement_settings
from operate.recover.takeover.takeover import TakeoverDependencies
from operate.route.provider_route import ProviderRoute
from operate.route.route import DoorStatusClient
from operate.servers.stack_link import stack_link
from operate.stack.automation.lazy_stack import LazyStack
from operate.stack.config.setting_keys import LIVE, MOVE, RETIRING_DOORS, SERVERS
from operate.stack.config.stack_file import has_setting, read_list, read_setting, stack_file_of
from operate.stack.config.unfinished_adoption import noted_adoption
from operate.stack.facts import Colour, DoorFacts, Facts
from operate.stack.facts_cache import facts_cache
from operate.stack.provider_configuration import provider_configuration

_DOOR_SECONDS = 2.5
"""For which a front door may take to answer (choice): one that works does within a second, twice that if a
packet is lost, and the operator calls it lost already."""


@dataclass(frozen=True)
class OpenTakeover:
    """What a standby takes over with.

    Attributes:
        facts: Facts of the stack.
        live: The colour that is live.
        doors: Front doors in whose place the standby may come.
        dependencies: Everything that the takeover acts on.
        place_on: Writes to the stack file which server carries the registry, in place of which.
        events: Events, which are noted in the history at the end.
    """

    facts: Facts
    live: Colour
    doors: Sequence[DoorFacts]
    dependencies: TakeoverDependencies
    place_on: Callable[[DoorFacts, Collection[DoorFacts]], None]
    events: list[Event]


class EarlyDoors:
    """Front doors that are probed while the lock is taken, since one that is lost costs seconds.

    Args:
        client: Client of the front doors.
        doors: The front doors.
    """

    def __init__(self, client: DoorStatusClient, doors: Sequence[DoorFacts]) -> None:
        self._doors, self._pool = doors, ThreadPoolExecutor(1)
        self._statuses = self._pool.submit(client.query_each, doors)

    def query_each(self, doors: Sequence[DoorFacts]) -> Sequence[DoorStatus | OperateError]:
        """Return what they answered."""
        statuses = dict(zip(self._doors, self._statuses.result(), strict=True))
        return [statuses[door] for door in doors]

    def close(self) -> None:
        """Wait for the probes that are still under way."""
        self._pool.shutdown()


@contextmanager
def open_takeover(
    name: str, standby: str, log: Callable[[str], None], config_file: Path | None, *, fresh: bool
) -> Iterator[OpenTakeover]:
    """Open a stack for a standby, under the lock; Pulumi is asked where nothing is known of the standby.

    Args:
        name: Name of the stack.
        standby: Name of the standby.
        log: Receives a line for each step.
        config_file: The stack's file where it is elsewhere.
        fresh: Whether to ask Pulumi in any case.

    Raises:
        HeldError: Another operator holds the lock.
        OperateError: The stack does not have such a standby, or the lock cannot be read.
    """
    started_at = time.monotonic()
    if adoption := noted_adoption(name, config_file):
        log(f"{adoption}, once clients are served")
    cache = facts_cache(name, config_file)
    stack = LazyStack(name, config_file, cache, SystemClock())
    # A repeated takeover asks the lost front door as well, and the standby that took over before.
    facts = None if fresh else cache.read_deployed()
    is_cached = facts is not None and bool(facts.standbys)
    if facts is None or not is_cached:
        facts = stack.deployed_facts()
    # Pulumi takes a second for each setting that it is asked for.
    stack_file = stack_file_of(name, config_file)
    servers = read_list(stack_file, SERVERS)
    target = choose_standby(facts, standby, servers)
    link = stack_link(facts.ssh_user, name, config_file)
    number = facts.global_ip.number if facts.global_ip else 0
    address = ProviderRoute(number, lambda: provider_configuration(name, config_file)) if number else None
    doors = front_doors(facts, target.door, servers)
    if address is not None:
        # Its second of loading passes while the standby starts.
        address.start(target.door.public_address)
    early_doors = EarlyDoors(SshDoors(facts, link, _DOOR_SECONDS), doors)
    dependencies = TakeoverDependencies(
        early_doors, SshStandby(facts, target, link), address, started_at, log
    )

    events: list[Event] = []

    def place_on(standby: DoorFacts, replaced: Collection[DoorFacts]) -> None:
        present = read_list(stack_file, SERVERS)
        settings = placement_settings(present, read_list(stack_file, RETIRING_DOORS), standby, replaced)
        # A front door of the move is lost, and the recovery must not wait for the move's end.
        ended_move = {MOVE: None} if has_setting(stack_file, MOVE) else {}
        stack.write_settings({**settings, **ended_move})

    try:
        with (
            recovery_lock(
                facts, "recover --on", log, link, _DOOR_SECONDS, is_key_current=not is_cached
            ) as lock,
            stack.locked(lock),
            noting_events(events, lock, log),
        ):
            live = live_colour(name, config_file, facts)
            yield OpenTakeover(facts, live, doors, dependencies, place_on, events)
    finally:
        early_doors.close()
        link.close()
        if address is not None:
            address.close()


def live_colour(name: str, config_file: Path | None, facts: Facts) -> Colour:
    """Return the colour that was live: every swap and rollback writes it to the stack file.

    Raises:
        OperateError: The stack file names a colour that the stack does not have.
    """
    stack_file = stack_file_of(name, config_file)
    setting = read_setting(stack_file, LIVE) or Colour.RED.value
    colours = [colour for colour in Colour if facts.colours.get(colour) is not None]
    if setting in colours:
        return Colour(setting)
    if len(colours) == 1:
        return colours[0]
    raise OperateError(f"{stack_file}: live must be one of {', '.join(colours)}, got {setting}")
