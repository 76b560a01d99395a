"""Which front door takes the place of which, and what that is in the stack file; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from operate.error import NotStartedError, OperateError
from operate.stack.config.setting_keys import MOVE, RETIRING_DOORS, SERVERS

Servers = Sequence[Mapping[str, object]]


@dataclass(frozen=True)
class DoorMove:
    """A move.

    Attributes:
        source: Server whose front door is left, DATACENTER-NAME.
        target: Server whose front door takes its place.
        builds: Whether the target has no front door before.
        new_address: Whether clients must be given another address, which nobody but the operator can do.
    """

    source: str
    target: str
    builds: bool = True
    new_address: bool = False

    @property
    def return_command(self) -> str:
        """Command that moves the registry back once this has ended, without `operate`; ENV is the stack."""
        return f"move ENV --to {self.source}"

    def settings_with_both(self, servers: Servers) -> Mapping[str, object]:
        """Return the settings with which both have a front door, and which note the move."""
        return {
            SERVERS: set_front_doors(servers, {self.source: True, self.target: True}),
            RETIRING_DOORS: [self.source],
            MOVE: self.note(is_switched=False),
        }

    def note(self, *, is_switched: bool) -> Mapping[str, object]:
        """Return the stack file's note, from which a login knows the front door that clients use.

        Args:
            is_switched: Whether clients use the target, or are to be given its address.
        """
        return {"from": self.source, "to": self.target, "switched": is_switched}

    def settings_after_move(self, servers: Servers) -> Mapping[str, object]:
        """Return the settings with which the target has the front door, and the source stands by."""
        return {
            SERVERS: set_front_doors(servers, {self.source: False, self.target: True}),
            RETIRING_DOORS: [self.source],
            MOVE: None,
        }

    def settings_before_move(self, servers: Servers) -> Mapping[str, object]:
        """Return the settings as before the move; a front door that the move built is taken out."""
        doors = {self.source: True, self.target: False} if self.builds else {}
        return {
            SERVERS: set_front_doors(servers, doors),
            RETIRING_DOORS: [self.target] if self.builds else [],
            MOVE: None,
        }


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
