"""A stack's doors and address, without its store: that may be on the door that is lost."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from operate.clock import SystemClock
from operate.doors.front_doors import SshDoors
from operate.route.provider_route import ProviderRoute
from operate.route.route import DoorStatusClient, GlobalIpClient
from operate.servers.stack_link import stack_link
from operate.stack.automation.lazy_stack import LazyStack
from operate.stack.facts import Facts
from operate.stack.facts_cache import facts_cache
from operate.stack.provider_configuration import provider_configuration


@dataclass(frozen=True)
class OpenRoute:
    """What a route is led by.

    Attributes:
        facts: Read from the stack's outputs.
        doors: Front doors, reached by SSH.
        address: Global IP in the account.
    """

    facts: Facts
    doors: DoorStatusClient
    address: GlobalIpClient


@contextmanager
def open_route(name: str, config_file: Path | None = None, *, use_cache: bool = True) -> Iterator[OpenRoute]:
    """Open a stack.

    Args:
        name: Name of the stack.
        config_file: The stack's file where it is elsewhere.
        use_cache: Use the outputs of the last run, where they are cached, instead of asking Pulumi.

    Raises:
        OperateError: The stack's outputs lack what is needed.
    """
    cache = facts_cache(name, config_file)
    facts = (cache.read() if use_cache else None) or LazyStack(
        name, config_file, cache, SystemClock()
    ).read_facts()
    number = facts.global_ip.number if facts.global_ip else 0
    link = stack_link(facts.ssh_user, name, config_file)
    try:
        address = ProviderRoute(number, lambda: provider_configuration(name, config_file))
        yield OpenRoute(facts, SshDoors(facts, link), address)
    finally:
        link.close()
