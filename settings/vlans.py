"""Servers of one datacenter that must reach each other privately lie on one private VLAN."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from settings.access.access import ListenChoice
from settings.reader import Reader
from settings.registry.colours import Colour, ReleaseSettings
from settings.servers.servers import ServerSettings, front_door_servers


@dataclass(frozen=True)
class PrivateRoute:
    """One server reaches another one by its private address.

    Attributes:
        source: The server that comes.
        target: The server that it comes to.
        reason: Reason, for a message.
    """

    source: ServerSettings
    target: ServerSettings
    reason: str

    @property
    def is_within_one_vlan(self) -> bool:
        """Whether both name the same VLAN, or leave it to SoftLayer alike."""
        return self.source.private_vlan == self.target.private_vlan


def check_vlans(
    reader: Reader,
    servers: Sequence[ServerSettings],
    listen: ListenChoice,
    releases: Mapping[Colour, ReleaseSettings],
) -> None:
    """Report servers on different private VLANs, between which SoftLayer routes nothing of itself.

    Args:
        reader: Reader of the whole stack; its `vlanSpanning` says that the account has VLANs that reach each
            other.
        servers: Servers of the stack.
        listen: Address on which registries listen.
        releases: Releases by colour.
    """
    if reader.take("vlanSpanning", bool):
        return
    reported: set[frozenset[str]] = set()
    for route in private_routes(servers, listen, releases.values()):
        pair = frozenset((route.source.full_name, route.target.full_name))
        if route.is_within_one_vlan or pair in reported:
            continue
        reported.add(pair)
        source, target = (servers.index(server) for server in (route.source, route.target))
        reader.report(
            f"servers[{source}].privateVlan",
            f"{route.source.full_name} lies on {_place(route.source)} and {route.target.full_name} on"
            f" {_place(route.target)}, between which SoftLayer routes nothing, and {route.reason}; set"
            f" servers[{source}].privateVlan and servers[{target}].privateVlan to one id (slcli vlan list),"
            " or vlanSpanning to true where the account has VLAN spanning or VRF",
        )


def private_routes(
    servers: Sequence[ServerSettings], listen: ListenChoice, releases: Iterable[ReleaseSettings]
) -> Iterator[PrivateRoute]:
    """Which servers come to which others of their datacenter by private addresses.

    A storage door is on the same server as the registry that uses it, and needs no way.
    """
    server_names = [release.server for release in releases if release.server]
    for datacenter in dict.fromkeys(server.datacenter for server in servers):
        site = [server for server in servers if server.datacenter == datacenter]
        doors = front_door_servers(site, datacenter)
        for registry_server in (server for server in site if server.name in server_names):
            for door in doors:
                if door is not registry_server:
                    yield PrivateRoute(
                        door,
                        registry_server,
                        f"the front door of {door.name} comes to the colour on {registry_server.name}",
                    )
        for server in site if listen == "private" and doors else ():
            if server is not doors[0]:
                yield PrivateRoute(
                    server,
                    doors[0],
                    f"{server.name} verifies the registry of {doors[0].name} by its private address",
                )


def _place(server: ServerSettings) -> str:
    if server.private_vlan is None:
        return "a private VLAN that SoftLayer chooses"
    return f"the private VLAN {server.private_vlan}"
