"""Which door the global IP is to lead to, and whether it may; pure."""

from collections.abc import Sequence

from operate.error import OperateError
from operate.swap.edges import DoorStatus
from operate.swap.facts import DoorFacts, Facts


def chosen(facts: Facts, wanted: str) -> DoorFacts:
    """Return the door with a name: that of its server, or DATACENTER-SERVER.

    Raises:
        OperateError: there is none such, or more than one.
    """
    found = [door for door in facts.doors if wanted in (door.name, door.server)]
    known = ", ".join(door.name for door in facts.doors)
    if not found:
        raise OperateError(f"no server {wanted!r} has a front door; those with one are {known}")
    if len(found) > 1:
        raise OperateError(f"{wanted!r} is in more than one datacenter; take one of {known}")
    return found[0]


def door_at(facts: Facts, address: str) -> str:
    """The name of the door that a global IP leads to; what it leads to where that is no door."""
    if not address:
        return "nowhere"
    return next((door.name for door in facts.doors if door.public_address == address), address)


def refusal(name: str, told: DoorStatus, others: Sequence[tuple[str, DoorStatus]]) -> str:
    """Tell why clients must not be led to a door; "" where they may.

    Args:
        name: the door's.
        told: what it says.
        others: the other doors that answer, by name.
    """
    if not told.live:
        return f"{name} has no colour live"
    for generation, colour in told.live.items():
        counters = told.backends.get((generation, colour))
        if counters is None or not counters.up:
            return f"{name} finds {colour}, its live colour of the generation {generation}, unhealthy"
    for other, status in others:
        for generation in told.live.keys() & status.live.keys():
            if told.live[generation] is not status.live[generation]:
                return (
                    f"{name} has {told.live[generation]} live and {other} has {status.live[generation]};"
                    " `operate rollback --colour COLOUR` makes one live everywhere"
                )
    return ""
