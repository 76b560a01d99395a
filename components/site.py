"""Site: one datacenter's servers, ready for images, and the registry on the first of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.object_store import ObjectStore
from components.operator_key import OperatorKey
from components.registry import Registry, RegistryArgs
from components.registry_image import RegistryImage, RegistryImageArgs
from components.server import Server, ServerArgs
from components.storage_driver import StorageDriver, StorageDriverArgs
from settings import RegistrySettings, ServerSettings, StorageDriverChoice

_RELEASE = "2.8.3"


@dataclass(frozen=True)
class SiteArgs:
    """What a site is made of.

    Attributes:
        servers: in order; the first with the role `registry` carries the registry.
        domain: DNS domain of the environment.
        environment: the stack's name.
        key: opens the servers.
        storage_driver: on every server.
        registry: how the registry runs.
        store: shared by all sites.
        password: of the registry's first user; secret.
        protect: refuse deletion of the servers.
    """

    servers: Sequence[ServerSettings]
    domain: str
    environment: str
    key: OperatorKey
    storage_driver: StorageDriverChoice
    registry: RegistrySettings
    store: ObjectStore
    password: pulumi.Output[str]
    protect: bool


class Site(pulumi.ComponentResource):
    """One datacenter.

    Attributes:
        servers: in order.
        storage_drivers: in use, by server name.
        host: the server that carries the registry.
        image: the registry's image.
        registry: the registry.
    """

    def __init__(self, name: str, args: SiteArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("softlayer-registry:index:Site", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.servers = [self._server(f"{name}-{shape.name}", shape, args) for shape in args.servers]
        drivers = {
            server.name: StorageDriver(
                f"{server.name}-storage-driver", StorageDriverArgs(server, args.storage_driver), child
            )
            for server in self.servers
        }
        self.storage_drivers = {server: driver.driver for server, driver in drivers.items()}
        self.host = next(server for server in self.servers if server.settings.role == "registry")
        self.image = RegistryImage(
            f"{self.host.name}-image",
            RegistryImageArgs(
                server=self.host,
                storage_driver=drivers[self.host.name],
                base_image=args.registry.base_image,
                base_archive=args.registry.base_archive,
                release=_RELEASE,
            ),
            child,
        )
        self.registry = Registry(
            f"{self.host.name}-registry",
            RegistryArgs(
                server=self.host,
                image=self.image,
                store=args.store,
                settings=args.registry,
                password=args.password,
                release=_RELEASE,
            ),
            child,
        )
        self.register_outputs({"endpoint": self.registry.endpoint})

    def _server(self, name: str, shape: ServerSettings, args: SiteArgs) -> Server:
        return Server(
            name,
            ServerArgs(
                settings=shape,
                domain=args.domain,
                environment=args.environment,
                key=args.key,
                protect=args.protect,
            ),
            pulumi.ResourceOptions(parent=self),
        )
