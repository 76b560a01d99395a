"""Servers of a stack by the names that operators give them; pure."""

from collections.abc import Collection

from messages.nearest import nearest_hint
from operate.error import NotStartedError


def full_names(
    servers: Collection[str], stack_servers: Collection[str], option: str = "--server"
) -> tuple[str, ...]:
    """Return servers as DATACENTER-NAME.

    Args:
        servers: Servers as the operator named them, by NAME or DATACENTER-NAME.
        stack_servers: Servers of the stack, DATACENTER-NAME, all of them.
        option: Option with which they were named.

    Raises:
        NotStartedError: A name is of no server, or of several.
    """
    names = []
    for server in servers:
        matches = [name for name in stack_servers if name == server or name.partition("-")[2] == server]
        if len(matches) != 1:
            hint = "" if matches else nearest_hint(server, stack_servers)
            raise NotStartedError(
                f"{option} {server} must name one server of the stack, and names {len(matches)}{hint}; its"
                f" servers are {', '.join(sorted(stack_servers))}"
            )
        names += matches
    return tuple(names)
