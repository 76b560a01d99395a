"""StorageDriver: how Docker keeps images and containers on a server."""

from dataclasses import dataclass
from typing import get_args

import pulumi

from components.remote.script import remote_script
from components.server.server import Server
from settings import StorageDriverChoice
from settings.servers.storage_driver import unsupported_reason

# All images are written to disk twice, which takes minutes where there are many.
_TIMEOUT_SECONDS = 1800


@dataclass(frozen=True)
class StorageDriverArgs:
    """Where, and which driver.

    Attributes:
        server: Server with its Docker Engine.
        driver: `auto` takes aufs on Ubuntu 14.04 where its kernel has it, else overlay2.

    Raises:
        ValueError: The driver is unknown, or does not work on the server's operating system.
    """

    server: Server
    driver: StorageDriverChoice

    def __post_init__(self) -> None:
        choices = get_args(StorageDriverChoice)
        if self.driver not in choices:
            raise ValueError(f"storageDriver: must be one of {', '.join(choices)}, not {self.driver!r}")
        if reason := unsupported_reason(self.driver, self.server.settings.os):
            raise ValueError(f"storageDriver: {self.driver} on {self.server.name}: {reason}")


class StorageDriver(pulumi.ComponentResource):
    """Docker's storage driver, set with the images kept, and then verified by `docker info`.

    Kernel, engine and file system are checked on the server before anything is changed there; see
    docs/reference/storage-driver.md.

    Attributes:
        driver: The driver in use, as `docker info` shows it.
        applied: Resource to depend on before images are made.
    """

    def __init__(
        self, name: str, args: StorageDriverArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("softlayer-registry:index:StorageDriver", name, {}, opts)
        self.applied = remote_script(
            name,
            "storage-driver.sh",
            args.driver,
            host=args.server.host,
            timeout=_TIMEOUT_SECONDS,
            opts=args.server.on_server(self, args.server.engine),
            installs=(),
        )
        self.driver = self.applied.stdout.apply(str.strip)
        self.register_outputs({"driver": self.driver})
