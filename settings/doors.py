"""What several front doors of a datacenter need: an address before them, and storage that all reach."""

from collections.abc import Sequence

from settings.reader import Reader
from settings.registry import AccessSettings
from settings.servers import ServerSettings, with_doors
from settings.storage import FilesystemSettings, StorageSettings


def check_doors(
    reader: Reader, servers: Sequence[ServerSettings], access: AccessSettings, storage: StorageSettings
) -> None:
    """Report what cannot go together with a second front door.

    Args:
        reader: of the whole stack.
        servers: of the stack.
        access: as read.
        storage: as read.
    """
    for datacenter in dict.fromkeys(server.datacenter for server in servers):
        doors = with_doors(servers, datacenter)
        if len(doors) < 2:
            continue
        key, said = f"servers[{servers.index(doors[1])}].frontDoor", "leave it out, or"
        if access.listen == "loopback":
            reader.report(key, f"a door on loopback is reached by nobody else; {said} change registryListen")
        elif not access.global_ip and not access.name:
            reader.report(
                key,
                f"nothing leads to a second door; {said} set globalIp, or registryName to a DNS name of both",
            )
        if access.name_in_hosts and not access.global_ip:
            reader.report(key, f"/etc/hosts knows one address of a name; {said} unset registryNameInHosts")
        if isinstance(storage, FilesystemSettings):
            reader.report(key, f"a folder of one server is no storage for two; {said} take swift or s3")
