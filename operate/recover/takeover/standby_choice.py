"""Which standby takes over, from which front doors, and the stack file afterwards; pure."""

from collections.abc import Collection, Mapping, Sequence

from operate.doors.door_status import DoorStatus
from operate.error import NotStartedError, OperateError
from operate.stack.config.servers_setting import Servers, full_name, set_front_doors
from operate.stack.config.setting_keys import RETIRING_DOORS, SERVERS
from operate.stack.facts import DoorFacts, Facts, StandbyFacts


def choose_standby(facts: Facts, name: str, servers: Servers = ()) -> StandbyFacts:
    """Return the standby with a name: that of its server, or DATACENTER-SERVER.

    Args:
        facts: Facts of the stack, as the last `pulumi up` left it.
        name: Name as the operator gave it.
        servers: Servers as the stack file has them, for the message.

    Raises:
        NotStartedError: No standby or more than one has that name.
    """
    matches = [standby for standby in facts.standbys if name in (standby.door.name, standby.door.server)]
    standbys = ", ".join(standby.door.name for standby in facts.standbys)
    if len(matches) > 1:
        raise NotStartedError(f"--on {name} must name one standby; it is in several datacenters: {standbys}")
    if not matches and any(name in (door.name, door.server) for door in facts.doors):
        raise NotStartedError(
            f"--on {name}: this server has a front door; `operate route ENV` leads the address to it"
        )
    if not matches:
        reason = _reason_against(facts, name, servers)
        raise NotStartedError(
            f"--on {name} must name a standby, a server with the role registry that carries nothing, in the"
            f" datacenter of the lost front door; {reason}"
            f"{f'standbys are {standbys}' if standbys else 'the stack has no standby'}. Without one:"
            " `operate recover ENV` alone, see docs/runbooks/lost-server.md"
        )
    return matches[0]


def _reason_against(facts: Facts, name: str, servers: Servers) -> str:
    """Return why a server of the stack file is no standby, with a semicolon; "" where it has none such."""
    for server in servers:
        if name not in (full_name(server), server.get("name")):
            continue
        own, role = full_name(server), server.get("role", "registry")
        if role != "registry":
            return f"{own} has the role {role}; "
        datacenters = sorted({door.datacenter for door in facts.doors})
        if server.get("datacenter") not in datacenters:
            return (
                f"{own} carries nothing, and no front door is in its datacenter: front doors are in"
                f" {', '.join(datacenters)}; "
            )
        return (
            f"no `pulumi up` has prepared {own} yet, or cannot for these settings"
            " (docs/reference/servers.md, Standbys); "
        )
    return ""


def front_doors(facts: Facts, standby: DoorFacts, servers: Servers) -> tuple[DoorFacts, ...]:
    """Return the front doors in whose place a standby may come.

    They are those of its datacenter, and standbys that took over since the last `pulumi up`.

    Args:
        facts: Facts of the stack, as the last `pulumi up` left it.
        standby: The server that is to take over.
        servers: Servers as the stack file has them; a takeover notes its front door there.
    """
    active_standbys = {full_name(server) for server in servers if server.get("frontDoor") is True}
    doors = [door for door in facts.doors if door.datacenter == standby.datacenter]
    doors += [
        peer.door
        for peer in facts.standbys
        if peer.door.datacenter == standby.datacenter and peer.door.name in active_standbys
    ]
    return tuple(door for door in doors if door.name != standby.name)


def retiring_doors(servers: Servers, retiring: Sequence[str]) -> list[str]:
    """Return the front doors that are still to go, once a `pulumi up` has ended.

    Args:
        servers: Servers as the stack file has them.
        retiring: Front doors that are to go, as the stack file has them, DATACENTER-NAME.
    """
    doors = {full_name(server): server.get("frontDoor") for server in servers}
    return [name for name in retiring if name in doors and doors[name] is not False]


def healthy_doors(statuses: Mapping[DoorFacts, DoorStatus | OperateError]) -> tuple[str, ...]:
    """Return the front doors that answer and find their live colour healthy."""
    return tuple(
        door.name
        for door, status in statuses.items()
        if not isinstance(status, OperateError)
        and status.live
        and all(
            (counters := status.backends.get(live)) is not None and counters.up
            for live in status.live.items()
        )
    )


def placement_settings(
    servers: Servers, retiring: Sequence[str], standby: DoorFacts, replaced: Collection[DoorFacts]
) -> Mapping[str, object]:
    """Return the settings with which the next `pulumi up` agrees to a takeover: as of a move that has ended.

    Args:
        servers: Servers as the stack file has them.
        retiring: Front doors that the stack file lets go already.
        standby: The server that carries the registry now.
        replaced: Front doors in whose place it is.

    Raises:
        OperateError: The stack file does not name the standby.
    """
    stack_servers, names = {full_name(server) for server in servers}, {door.name for door in replaced}
    doors = dict.fromkeys(sorted(names & stack_servers), False) | {standby.name: True}
    return {
        SERVERS: set_front_doors(servers, doors),
        RETIRING_DOORS: sorted({*retiring, *names} - {standby.name}),
    }
