"""Where the registry is: its front doors, and what several of a datacenter need of address and storage."""

import re
from collections.abc import Collection, Sequence

from settings.access.access import AccessSettings
from settings.reader import Reader
from settings.servers.servers import ServerSettings, datacenters_with_doors, front_door_servers
from settings.storage import FilesystemSettings, StorageSettings, SwiftSettings

_SERVER = re.compile(r"[a-z0-9]+-[a-z0-9-]+")


def read_retiring_doors(reader: Reader) -> tuple[str, ...]:
    """Read which front doors may go: those that `operate move` leaves, or that clients need no more."""
    names = reader.items("retiringDoors", str)
    for position, name in enumerate(names):
        if not _SERVER.fullmatch(name):
            reader.report(f"retiringDoors[{position}]", f"must be DATACENTER-NAME of a server, got {name!r}")
    return tuple(sorted(set(names)))


def read_home(reader: Reader, servers: Sequence[ServerSettings], storage: StorageSettings) -> str:
    """Read the datacenter whose registry stands for the environment.

    Of those with a front door it is by default that of the object storage account, or the first by name.
    """
    datacenters = datacenters_with_doors(servers)
    home = reader.take("homeDatacenter", str)
    if home and datacenters and home not in datacenters:
        reader.report(
            "homeDatacenter", f"must have a front door; {', '.join(datacenters)} have one, got {home}"
        )
    account = storage.datacenter if isinstance(storage, SwiftSettings) else ""
    return home or (account if account in datacenters else next(iter(datacenters), ""))


def check_doors(
    reader: Reader,
    servers: Sequence[ServerSettings],
    access: AccessSettings,
    storage: StorageSettings,
    retiring: Collection[str] = (),
) -> None:
    """Report what cannot go together with a second front door.

    Args:
        reader: Reader of the whole stack.
        servers: Servers of the stack.
        access: Settings of the access, as read.
        storage: Settings of the storage, as read.
        retiring: Servers whose front doors go, DATACENTER-NAME; clients come to them by their own address.
    """
    for datacenter in dict.fromkeys(server.datacenter for server in servers):
        doors = front_door_servers(servers, datacenter)
        if len(doors) < 2:
            continue
        key, remedy = f"servers[{servers.index(doors[1])}].frontDoor", "leave it out, or"
        if access.listen == "loopback":
            reader.report(
                key, f"a door on loopback is reached by nobody else; {remedy} change registryListen"
            )
        elif not access.global_ip and not access.name and not _is_moving(doors, retiring):
            reader.report(
                key,
                f"nothing leads to a second door; {remedy} set globalIp, or registryName to a DNS name"
                " of both",
            )
        if access.name_in_hosts and not access.global_ip and not _is_moving(doors, retiring):
            reader.report(key, f"/etc/hosts knows one address of a name; {remedy} unset registryNameInHosts")
        if isinstance(storage, FilesystemSettings):
            reader.report(key, f"a folder of one server is no storage for two; {remedy} take swift or s3")


def _is_moving(doors: Sequence[ServerSettings], retiring: Collection[str]) -> bool:
    """Whether all front doors of a datacenter but one go: that one takes their place."""
    return sum(server.full_name not in retiring for server in doors) <= 1
