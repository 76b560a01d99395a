"""Which door the global IP is to lead to, and whether it may; pure."""

from collections.abc import Sequence

from operate.doors.door_status import DoorStatus
from operate.error import NotStartedError
from operate.stack.facts import DoorFacts, Facts


def choose_door(facts: Facts, name: str) -> DoorFacts:
    """Return the door with a name: that of its server, or DATACENTER-SERVER.

    Raises:
        NotStartedError: No front door or more than one has that name.
    """
    doors = [door for door in facts.doors if name in (door.name, door.server)]
    names = ", ".join(door.name for door in facts.doors)
    if not doors:
        raise NotStartedError(f"no server {name!r} has a front door; those with one are {names}")
    if len(doors) > 1:
        raise NotStartedError(f"{name!r} is in more than one datacenter; take one of {names}")
    return doors[0]


def name_of_target(facts: Facts, address: str) -> str:
    """Return the front door that an address belongs to; the address itself if it is no front door's."""
    if not address:
        return "nowhere"
    return next((door.name for door in facts.doors if door.public_address == address), address)


def unsafe_reason(name: str, target: DoorStatus, peers: Sequence[tuple[str, DoorStatus]]) -> str:
    """Return why clients must not be routed to a front door; "" if they may.

    Args:
        name: The door's.
        target: Status of the target.
        peers: Other doors that answer, by name.
    """
    if not target.live:
        return f"{name} has no colour live"
    for generation, colour in target.live.items():
        counters = target.backends.get((generation, colour))
        if counters is None or not counters.up:
            return f"{name} finds {colour}, its live colour of the generation {generation}, unhealthy"
    for peer, status in peers:
        for generation in target.live.keys() & status.live.keys():
            if target.live[generation] is not status.live[generation]:
                return (
                    f"{name} has {target.live[generation]} live and {peer} has {status.live[generation]};"
                    " `operate rollback ENV --colour COLOUR` makes one live everywhere"
                )
    return ""
