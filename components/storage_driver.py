"""StorageDriver: how Docker keeps images and containers on a server."""

from dataclasses import dataclass

import pulumi

from components.remote_script import remote_script
from components.server import Server
from settings import StorageDriverChoice


@dataclass(frozen=True)
class StorageDriverArgs:
    """Where, and which driver: `auto` takes the best that the server has."""

    server: Server
    driver: StorageDriverChoice


class StorageDriver(pulumi.ComponentResource):
    """Docker's storage driver, set and then verified by `docker info`.

    Attributes:
        driver: the driver in use.
        applied: depend on it before images are made.
    """

    def __init__(
        self, name: str, args: StorageDriverArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("softlayer-registry:index:StorageDriver", name, {}, opts)
        self.applied = remote_script(
            name,
            "storage-driver.sh",
            args.driver,
            connection=args.server.connection,
            opts=args.server.on_server(self, args.server.engine),
        )
        self.driver = self.applied.stdout.apply(str.strip)
        self.register_outputs({"driver": self.driver})
