"""Site: one datacenter's servers, ready for images, and the registry on the first of them."""

from dataclasses import dataclass

import pulumi

from components.object_store import ObjectStore
from components.operator_key import OperatorKey
from components.registry import Registry, RegistryArgs
from components.registry_image import RegistryImage, RegistryImageArgs
from components.server import Server, ServerArgs
from components.storage_driver import StorageDriver, StorageDriverArgs
from settings import ServerSettings, Settings

_RELEASE = "2.8.3"


@dataclass(frozen=True)
class SiteArgs:
    """What a site is made of.

    Attributes:
        settings: of the whole environment; the site takes the servers of its datacenter, and the first of
            them with the role `registry` carries the registry.
        environment: the stack's name.
        key: opens the servers.
        store: shared by all sites.
        password: of the registry's first user; secret.
    """

    settings: Settings
    environment: str
    key: OperatorKey
    store: ObjectStore
    password: pulumi.Output[str]


class Site(pulumi.ComponentResource):
    """One datacenter; its short name is the resource's.

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
        settings = args.settings
        modern = settings.registry.modern
        assert modern is not None
        self.servers = [self._server(shape, args) for shape in settings.servers if shape.datacenter == name]
        drivers = {
            server.name: StorageDriver(
                f"{server.name}-storage-driver", StorageDriverArgs(server, settings.storage_driver), child
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
                base_image=modern.base_image,
                base_archive=modern.base_archive,
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
                access=settings.access,
                memory=settings.registry.memory,
                password=args.password,
                release=_RELEASE,
            ),
            child,
        )
        self.register_outputs({"endpoint": self.registry.endpoint})

    def _server(self, shape: ServerSettings, args: SiteArgs) -> Server:
        return Server(
            f"{shape.datacenter}-{shape.name}",
            ServerArgs(
                settings=shape,
                domain=args.settings.domain,
                environment=args.environment,
                key=args.key,
                protect=args.settings.protect,
            ),
            pulumi.ResourceOptions(parent=self),
        )
