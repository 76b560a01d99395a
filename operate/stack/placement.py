"""Where the registry is between a takeover by a standby and the `pulumi up` that makes it permanent.

A stack's outputs are those of its last `pulumi up`, and name the lost front door. `operate recover --on` has
written to the stack file which server carries the registry now. What commands read of a stack is placed
there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from operate.error import NotStartedError, OperateError
from operate.stack.config.servers_setting import Servers, full_name
from operate.stack.config.setting_keys import MOVE, RETIRING_DOORS, SERVERS
from operate.stack.config.stack_file import read_list, read_plain
from operate.stack.facts import ColourFacts, DoorFacts, Facts, TakeoverFacts
from operate.stack.facts_output import OUTPUT, parse_facts


@dataclass(frozen=True)
class Placement:
    """Which servers of a stack file have a front door.

    Attributes:
        servers: Servers as the stack file has them.
        retiring: Front doors that may go, DATACENTER-NAME.
        unused: Front door of a move under way that clients do not use, DATACENTER-NAME; "" without a move.
        used: Front door of the move that they use, or are to be given.
    """

    servers: Servers = ()
    retiring: Sequence[str] = ()
    unused: str = ""
    used: str = ""


def read_placement(stack_file: Path) -> Placement:
    """Return the placement in a stack file; an empty one where it cannot be read."""
    servers = [server for server in read_list(stack_file, SERVERS) if isinstance(server, Mapping)]
    unused = used = ""
    match read_plain(stack_file, MOVE):
        case {"from": str(source), "to": str(target), **note}:
            unused, used = (source, target) if note.get("switched") is True else (target, source)
    return Placement(servers, [str(name) for name in read_list(stack_file, RETIRING_DOORS)], unused, used)


def place_facts(facts: Facts, placement: Placement) -> Facts:
    """Return facts in which standbys that took over are front doors, in the place of the lost ones; pure.

    A standby took over if the stack file gives it a front door, and lets a front door of its datacenter go
    that its server no longer has. A move that is under way lets none go whose server has no front door.

    Args:
        facts: Facts as the last `pulumi up` left them.
        placement: Placement of the stack file.
    """
    has_door = {full_name(server): server.get("frontDoor") for server in placement.servers}

    def is_lost(door: DoorFacts) -> bool:
        return door.name in placement.retiring and has_door.get(door.name) is False

    present = facts
    for standby in (standby.door for standby in facts.standbys if has_door.get(standby.door.name) is True):
        near = [door for door in facts.doors if door.datacenter == standby.datacenter and is_lost(door)]
        if near and any(door in present.doors for door in near):
            near += [
                peer.door
                for peer in facts.standbys
                if peer.door.datacenter == standby.datacenter and is_lost(peer.door)
            ]
            present = _replace_doors(present, near, standby)
    return present


def find_takeovers(
    environment: str, outputs: Mapping[str, object], placement: Placement
) -> Sequence[TakeoverFacts]:
    """Return the takeovers of a stack by its outputs; none where these have no facts.

    Args:
        environment: Name of the stack.
        outputs: Outputs as the last `pulumi up` left them.
        placement: Placement of the stack file.
    """
    if not placement.retiring:
        return ()
    try:
        return place_facts(parse_facts(environment, outputs.get(OUTPUT)), placement).takeovers
    except OperateError:
        return ()


def place_outputs(
    environment: str, outputs: Mapping[str, object], placement: Placement
) -> Mapping[str, object]:
    """Return a stack's outputs with the endpoints that clients use now; pure.

    They are those of a standby that took over, and of the front door of a move that clients are given.

    Args:
        environment: Name of the stack.
        outputs: Outputs as the last `pulumi up` left them.
        placement: Placement of the stack file.
    """
    placed = dict(outputs)
    for takeover in find_takeovers(environment, outputs, placement):
        placed = _with_endpoints(placed, takeover.lost, takeover.standby)
    try:
        facts = parse_facts(environment, outputs.get(OUTPUT)) if placement.used else None
        if facts is not None:
            placed = _with_endpoints(placed, facts.door(placement.unused), facts.door(placement.used))
    except OperateError:
        pass  # the front door of the move is not built yet, or is taken out already
    return placed


def _with_endpoints(outputs: dict[str, object], before: DoorFacts, after: DoorFacts) -> dict[str, object]:
    """Return outputs whose endpoints at one front door are at another one; other datacenters keep theirs."""
    placed, host = dict(outputs), urlsplit(after.endpoint).hostname or ""

    def place(endpoint: object) -> object:
        parts = urlsplit(str(endpoint or ""))
        if not parts.hostname or parts.hostname != urlsplit(before.endpoint).hostname:
            return endpoint
        return urlunsplit(parts._replace(netloc=f"{host}:{parts.port}" if parts.port else host))

    placed["endpoint"] = place(placed.get("endpoint"))
    sites = placed.get("endpoints")
    if before.datacenter == after.datacenter and isinstance(sites, Mapping):
        site = sites.get(before.datacenter)
        if isinstance(site, Mapping):
            own = {generation: place(endpoint) for generation, endpoint in site.items()}
            placed["endpoints"] = {**sites, before.datacenter: own}
    return placed


def describe_takeover(takeover: TakeoverFacts) -> str:
    """Return which server is lost and which has its place, for people; ENV stands for the stack."""
    return (
        f"{takeover.lost.name} is lost, and {takeover.standby.name} is the registry in its place,"
        f" {takeover.standby.endpoint}; `operate recover ENV` makes it permanent"
    )


def require_no_takeover(facts: Facts) -> None:
    """Refuse what needs both colours where a standby runs the live one alone.

    Args:
        facts: Facts, with takeovers placed.

    Raises:
        NotStartedError: A standby took over, and no `pulumi up` has completed since.
    """
    if facts.takeovers:
        texts = "; ".join(map(describe_takeover, facts.takeovers))
        raise NotStartedError(f"{texts}, which comes first: until then the live colour alone runs there")


def _replace_doors(facts: Facts, lost: Sequence[DoorFacts], standby: DoorFacts) -> Facts:
    """Put a standby in the place of the first lost front door, and take the lost ones out."""
    first = next(number for number, door in enumerate(facts.doors) if door in lost)
    kept = [door for door in facts.doors if door not in lost]
    doors = (*(door for door in facts.doors[:first] if door in kept), standby)
    doors += tuple(door for door in facts.doors[first:] if door in kept)
    names = {door.name for door in lost}
    remaining = [door.name for door in kept]
    return replace(
        facts,
        doors=doors,
        standbys=tuple(peer for peer in facts.standbys if peer.door != standby and peer.door not in lost),
        store_name=next(iter(remaining), standby.name) if facts.store_name in names else facts.store_name,
        takeovers=(*facts.takeovers, *(TakeoverFacts(door, standby) for door in lost)),
        colours={
            colour: _place_colour(colour_facts, lost, standby) if colour_facts else None
            for colour, colour_facts in facts.colours.items()
        },
    )


def _place_colour(colour: ColourFacts, lost: Sequence[DoorFacts], standby: DoorFacts) -> ColourFacts:
    """Return a colour that the standby carries; where one has a server of its own, no standby is prepared."""
    if colour.servers.get(standby.datacenter) not in {door.server for door in lost}:
        return colour
    return replace(colour, servers={**colour.servers, standby.datacenter: standby.server})
