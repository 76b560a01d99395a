"""StorageDoor: the registry's way to Swift, which hides what makes it lose images."""

from dataclasses import dataclass

import pulumi

from components.proxy.haproxy import Proxy, door_files
from components.proxy.storage_proxy_config import StorageDoorShape, storage_door_configuration
from components.remote.script import remote_script


@dataclass(frozen=True)
class StorageDoorArgs:
    """What a storage door needs.

    Attributes:
        proxy: Proxy that serves it.
        auth_url: The storage's v1 authentication URL.
        port: TCP port on the server's loopback.
        redirect_origin: `SCHEME://HOST[:PORT]` at which clients reach the storage; None takes that of
            `auth_url`.
    """

    proxy: Proxy
    auth_url: pulumi.Output[str]
    port: int
    redirect_origin: pulumi.Input[str] | None = None


class StorageDoor(pulumi.ComponentResource):
    """A door to the object storage on the server's loopback.

    Attributes:
        auth_url: URL of Swift's authentication, for the registry's configuration.
        door: Origin of the storage door, as it is in temporary URLs that the registry makes.
        origin: Origin of the storage, which a front door puts in place of the door's.
        content: Input of door.sh.
        applied: Resource to depend on before the storage is used.
    """

    def __init__(self, name: str, args: StorageDoorArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("softlayer-registry:index:StorageDoor", name, {}, opts)
        shape = args.auth_url.apply(lambda url: StorageDoorShape("swift", url, args.port))
        server = args.proxy.server
        self.content = shape.apply(storage_door_configuration)
        self.applied = remote_script(
            name,
            "door.sh",
            "write",
            "storage-swift",
            host=server.host,
            opts=server.on_server(self, args.proxy.applied),
            secret_input=self.content,
            on_delete=("remove", "storage-swift"),
            installs=door_files("storage-swift"),
        )
        self.auth_url = shape.apply(lambda config: config.door_auth_url)
        self.door = shape.apply(lambda config: config.door)
        self.origin = (
            shape.apply(lambda config: config.origin)
            if args.redirect_origin is None
            else pulumi.Output.from_input(args.redirect_origin)
        )
        self.register_outputs({"authUrl": self.auth_url})
