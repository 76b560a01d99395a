"""Site: one datacenter's servers, ready for images, and the registries, whose doors the first of them has."""

from dataclasses import dataclass

import pulumi

from components.carrier import Carrier, CarrierArgs
from components.colour_ports import PORTS
from components.door_colours import DoorColours, DoorColoursArgs
from components.firewall import Firewall, FirewallArgs
from components.operator_key import OperatorKey
from components.ordered_server import ServerOrder
from components.registry import Registry, RegistryArgs, ReleaseArgs
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
from settings import (
    Colour,
    LegacySettings,
    ModernSettings,
    RegistrySettings,
    ServerSettings,
    Settings,
)

_GENERATIONS = ("modern", "legacy")


@dataclass(frozen=True)
class SiteArgs:
    """What a site is made of.

    Attributes:
        settings: of the whole environment; the site takes the servers of its datacenter. The images are made
            on each server with the role `registry`; the first of them has the front doors, and carries the
            colours that name no other server.
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
        host: the server with the front doors.
        images: by server name, generation and release; on each server that may carry the registries.
        registries: by generation, the modern one first.
        live: the colour that was live when the doors were last told of the colours.
    """

    def __init__(self, name: str, args: SiteArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("softlayer-registry:index:Site", name, {}, opts)
        self._child = pulumi.ResourceOptions(parent=self)
        settings = self._settings = args.settings
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
        self._able = [server for server in self.servers if server.settings.role == "registry"]
        self.host = self._able[0]
        self.images = {server.name: self._images(server) for server in self._able}
        self._carriers = {server.name: self._carrier(server, args) for server in self._able_and_used()}
        told = self._door_colours(name)
        self.live = told.live if told else pulumi.Output.from_input(settings.colours.live)
        self.registries = {
            generation: self._registry(generation, args, told)
            for generation in _GENERATIONS
            if _of(settings.registry, generation) is not None
        }
        if settings.access.firewall:
            for server in self.servers:
                self._firewall(server)
        self.register_outputs({"endpoint": self.registry.endpoint})

    @property
    def registry(self) -> Registry:
        """The registry that the environment is for: the modern one where it is there."""
        return next(iter(self.registries.values()))

    def _server(self, shape: ServerSettings, args: SiteArgs) -> Server:
        order = ServerOrder(shape, args.settings.domain, args.environment, args.key)
        return Server(shape.full_name, ServerArgs(order, args.settings.protect), self._child)

    def carrier_of(self, colour: Colour) -> Server:
        """The server that carries a colour."""
        named = self._settings.colours.releases[colour].server
        return next((server for server in self._able if server.settings.name == named), self.host)

    def _able_and_used(self) -> list[Server]:
        """The servers that carry something: a front door, or a colour."""
        used = {self.host.name, *(self.carrier_of(colour).name for colour in self._settings.colours.releases)}
        return [server for server in self._able if server.name in used]

    def _carrier(self, server: Server, args: SiteArgs) -> Carrier:
        modern = self._settings.registry.modern is not None
        return Carrier(
            f"{server.name}-carrier", CarrierArgs(server, args.store, args.users, modern), self._child
        )

    def _images(self, server: Server) -> dict[str, dict[str, RegistryImage]]:
        """By generation and release; releases that would build the same have it built once."""
        made: dict[str, RegistryImage] = {}
        found: dict[str, dict[str, RegistryImage]] = {}
        for release in self._settings.colours.releases.values():
            for generation, kind in _generations(release.registry).items():
                recipe = _recipe(kind)
                if recipe.name not in made:
                    made[recipe.name] = RegistryImage(
                        f"{server.name}-{generation}-{recipe.release}-image",
                        RegistryImageArgs(server, self._drivers[server.name], recipe),
                        self._child,
                    )
                found.setdefault(generation, {})[release.name] = made[recipe.name]
        return found

    def _door_colours(self, name: str) -> DoorColours | None:
        """What the doors are told of the colours; None without a door."""
        loopback = self._settings.access.listen == "loopback"
        generations = tuple(
            generation
            for generation in _generations(self._settings.registry)
            if not (loopback and generation == "legacy")
        )
        if not generations:
            return None
        colours = self._settings.colours
        releases = {colour: release.name for colour, release in colours.releases.items()}
        proxy = self._carriers[self.host.name].proxy
        told = DoorColoursArgs(proxy, generations, releases, colours.live)
        return DoorColours(f"{name}-colours", told, self._child)

    def _registry(self, generation: str, args: SiteArgs, told: DoorColours | None) -> Registry:
        releases: dict[Colour, ReleaseArgs] = {}
        for colour, release in self._settings.colours.releases.items():
            server = self.carrier_of(colour).name
            kind = _of(release.registry, generation)
            if kind is None:
                raise ValueError(f"release {release.name} has no {generation} registry")
            image = self.images[server][generation][release.name]
            releases[colour] = ReleaseArgs(release.name, self._carriers[server], image, kind)
        registry = RegistryArgs(
            front=self._carriers[self.host.name],
            releases=releases,
            store=args.store,
            access=args.settings.access,
            users=args.users,
            certificate_key=args.certificate_key,
            needs=[told.applied] if told else [],
        )
        return Registry(f"{self.host.name}-{generation}", registry, self._child)

    def _firewall(self, server: Server) -> None:
        access = self._settings.access
        carried = list(self.registries.values()) if server is self.host else []
        ports = tuple(registry.port for registry in carried) if access.listen != "loopback" else ()
        inner = tuple(
            PORTS[generation, colour].inner
            for colour in self._settings.colours.releases
            for generation in self.registries
            if server is self.carrier_of(colour) and server is not self.host
        )
        Firewall(
            f"{server.name}-firewall",
            FirewallArgs(
                server,
                ports,
                access.ssh_from,
                access.registry_from,
                inner,
                self.host.private_ip if inner else "",
            ),
            self._child,
        )


def _of(registry: RegistrySettings, generation: str) -> ModernSettings | LegacySettings | None:
    return registry.modern if generation == "modern" else registry.legacy


def _generations(registry: RegistrySettings) -> dict[str, ModernSettings | LegacySettings]:
    kinds = {generation: _of(registry, generation) for generation in _GENERATIONS}
    return {generation: kind for generation, kind in kinds.items() if kind is not None}


def _recipe(kind: ModernSettings | LegacySettings) -> ImageRecipe:
    return legacy_recipe(kind) if isinstance(kind, LegacySettings) else modern_recipe(kind)
