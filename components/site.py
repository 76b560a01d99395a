"""Site: one datacenter's servers, ready for images, and the registries on the first of them."""

from dataclasses import dataclass

import pulumi

from components.firewall import Firewall, FirewallArgs
from components.operator_key import OperatorKey
from components.ordered_server import ServerOrder
from components.proxy import Proxy, ProxyArgs
from components.registry import Registry, RegistryArgs
from components.registry_image import (
    ImageRecipe,
    RegistryImage,
    RegistryImageArgs,
    legacy_recipe,
    modern_recipe,
)
from components.registry_store import RegistryStore
from components.server import Server, ServerArgs
from components.storage_driver import StorageDriver, StorageDriverArgs
from settings import LegacySettings, ModernSettings, ServerSettings, Settings


@dataclass(frozen=True)
class SiteArgs:
    """What a site is made of.

    Attributes:
        settings: of the whole environment; the site takes the servers of its datacenter. The images are made
            on each server with the role `registry`, and the first of them carries the registries.
        environment: the stack's name.
        key: opens the servers.
        store: shared by all sites.
        users: of the registries, name to password; secret.
        certificate_key: PEM of the key of the certificate given; None where one is issued.
    """

    settings: Settings
    environment: str
    key: OperatorKey
    store: RegistryStore
    users: pulumi.Output[dict[str, str]]
    certificate_key: pulumi.Output[str] | None


class Site(pulumi.ComponentResource):
    """One datacenter; its short name is the resource's.

    Attributes:
        servers: in order.
        storage_drivers: in use, by server name.
        host: the server that carries the registries.
        images: by server name and generation; on each server that may carry the registries.
        registries: by generation, the modern one first.
    """

    def __init__(self, name: str, args: SiteArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("softlayer-registry:index:Site", name, {}, opts)
        self._child = pulumi.ResourceOptions(parent=self)
        settings = args.settings
        self.servers = [self._server(shape, args) for shape in settings.servers if shape.datacenter == name]
        self._drivers = {
            server.name: StorageDriver(
                f"{server.name}-storage-driver",
                StorageDriverArgs(server, settings.storage_driver),
                self._child,
            )
            for server in self.servers
        }
        self.storage_drivers = {server: driver.driver for server, driver in self._drivers.items()}
        carriers = [server for server in self.servers if server.settings.role == "registry"]
        self.host = carriers[0]
        generations = _generations(settings)
        self.images = {
            server.name: {
                name: self._image(server, name, recipe) for name, (_, recipe) in generations.items()
            }
            for server in carriers
        }
        proxy = Proxy(f"{self.host.name}-proxy", ProxyArgs(self.host), self._child)
        self.registries = {
            generation: self._registry(generation, kind, proxy, args)
            for generation, (kind, _) in generations.items()
        }
        if settings.access.firewall:
            for server in self.servers:
                self._firewall(server, settings)
        self.register_outputs({"endpoint": self.registry.endpoint})

    @property
    def registry(self) -> Registry:
        """The registry that the environment is for: the modern one where it is there."""
        return next(iter(self.registries.values()))

    def _server(self, shape: ServerSettings, args: SiteArgs) -> Server:
        order = ServerOrder(shape, args.settings.domain, args.environment, args.key)
        return Server(shape.full_name, ServerArgs(order, args.settings.protect), self._child)

    def _image(self, server: Server, generation: str, recipe: ImageRecipe) -> RegistryImage:
        return RegistryImage(
            f"{server.name}-{generation}-image",
            RegistryImageArgs(server, self._drivers[server.name], recipe),
            self._child,
        )

    def _registry(
        self, generation: str, kind: ModernSettings | LegacySettings, proxy: Proxy, args: SiteArgs
    ) -> Registry:
        registry = RegistryArgs(
            proxy=proxy,
            image=self.images[self.host.name][generation],
            settings=kind,
            store=args.store,
            access=args.settings.access,
            users=args.users,
            certificate_key=args.certificate_key,
        )
        return Registry(f"{self.host.name}-{generation}", registry, self._child)

    def _firewall(self, server: Server, settings: Settings) -> None:
        access = settings.access
        carried = list(self.registries.values()) if server is self.host else []
        ports = tuple(registry.port for registry in carried) if access.listen != "loopback" else ()
        Firewall(
            f"{server.name}-firewall",
            FirewallArgs(server, ports, access.ssh_from, access.registry_from),
            self._child,
        )


def _generations(settings: Settings) -> dict[str, tuple[ModernSettings | LegacySettings, ImageRecipe]]:
    found: dict[str, tuple[ModernSettings | LegacySettings, ImageRecipe]] = {}
    if settings.registry.modern is not None:
        found["modern"] = (settings.registry.modern, modern_recipe(settings.registry.modern))
    if settings.registry.legacy is not None:
        found["legacy"] = (settings.registry.legacy, legacy_recipe(settings.registry.legacy))
    return found
