"""The setting `servers` of a stack file: its entries by name, and which of them has a front door; pure."""

from collections.abc import Mapping, Sequence

from operate.error import NotStartedError, OperateError

Servers = Sequence[Mapping[str, object]]


def full_name(server: Mapping[str, object]) -> str:
    """Return a server's DATACENTER-NAME."""
    return f"{server.get('datacenter')}-{server.get('name')}"


def choose_server(servers: Servers, name: str) -> str:
    """Return the DATACENTER-NAME of a server that may carry the registry.

    Args:
        servers: Servers of the stack file.
        name: Name as the operator gave it, NAME or DATACENTER-NAME.

    Raises:
        NotStartedError: No server or more than one has that name, or the server only uses the registry.
    """
    matches = [server for server in servers if name in (full_name(server), server.get("name"))]
    names = ", ".join(sorted(full_name(server) for server in servers))
    if not matches:
        raise NotStartedError(
            f"`servers` in the stack file has no {name!r}; it has {names}. Add the server there, with"
            " frontDoor: false, and run the command again"
        )
    if len(matches) > 1:
        raise NotStartedError(f"{name!r} is in more than one datacenter; name one of {names}")
    (server,) = matches
    if server.get("role", "registry") != "registry":
        raise NotStartedError(
            f"{full_name(server)} has the role {server.get('role')} in `servers`; set it to registry, and"
            " run the command again"
        )
    return full_name(server)


def set_front_doors(servers: Servers, doors: Mapping[str, bool]) -> list[Mapping[str, object]]:
    """Return the servers with the front doors that are named; all others stay as they are.

    Args:
        servers: Servers of the stack file.
        doors: Whether a server has a front door or stands by, by DATACENTER-NAME.

    Raises:
        OperateError: The stack file has none of that name.
    """
    missing = sorted(set(doors) - {full_name(server) for server in servers})
    if missing:
        raise OperateError(
            f"`servers` in the stack file lacks {', '.join(missing)}, whose frontDoor this command must set."
            " Put the line back, and run the command again"
        )
    return [
        {**server, "frontDoor": doors[full_name(server)]} if full_name(server) in doors else server
        for server in servers
    ]
