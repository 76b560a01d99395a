"""Site: one datacenter's servers, ready to carry registries and front doors."""

from dataclasses import dataclass

import pulumi

from components.bridge_guard import guard_bridges
from components.carrier import Carrier, CarrierArgs
from components.operator_key import OperatorKey
from components.ordered_server import ServerOrder
from components.reboot_turns import RebootTurns
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
from settings import Colour, LegacySettings, ModernSettings, RegistrySettings, ServerSettings, Settings

GENERATIONS = ("modern", "legacy")


@dataclass(frozen=True)
class SiteArgs:
    """What a site is made of.

    Attributes:
        settings: of the whole environment; the site takes the servers of its datacenter. The images are made
            on each server with the role `registry`. Those that ask for it, or the only one, have front doors,
            and each of these carries the colours that name no other server.
        environment: the stack's name.
        key: opens the servers.
        store: shared by all sites.
        users: of the registries, name to password; secret.
        turns: in which the servers of all sites are rebooted.
    """

    settings: Settings
    environment: str
    key: OperatorKey
    store: RegistryStore
    users: pulumi.Output[dict[str, str]]
    turns: RebootTurns


class Site(pulumi.ComponentResource):
    """One datacenter; its short name is the resource's. `OpenSite` opens it to clients.

    Attributes:
        servers: by name.
        storage_drivers: in use, by server name.
        doors: the servers with front doors, by name.
        images: by server name, generation and release; on each server that may carry the registries.
        carriers: by server name, of those with a front door or a colour.
    """

    def __init__(self, name: str, args: SiteArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("softlayer-registry:index:Site", name, {}, opts)
        self._child = pulumi.ResourceOptions(parent=self)
        settings = self._settings = args.settings
        shapes = [shape for shape in settings.servers if shape.datacenter == name]
        named = settings.doors_in(name)
        used = {*named, *(release.server for release in settings.colours.releases.values())}
        # First those that carry something: the first door's server stands in for one that only stands by.
        servers = {shape.name: self._server(shape, args) for shape in shapes if shape.name in used}
        for shape in shapes:
            if shape.name not in servers:
                stand_in = servers[named[0]] if named and shape.role == "registry" else None
                servers[shape.name] = self._server(shape, args, stand_in)
        self.servers = [servers[shape.name] for shape in shapes]
        self._drivers = {
            server.name: StorageDriver(
                f"{server.name}-storage-driver",
                StorageDriverArgs(server, settings.storage_driver),
                self._child,
            )
            for server in self.servers
        }
        self._bridges = {server.name: guard_bridges(server, self) for server in self.servers}
        self.storage_drivers = {server: driver.driver for server, driver in self._drivers.items()}
        self._able = [server for server in self.servers if server.settings.role == "registry"]
        self.doors = [server for server in self._able if server.settings.name in named]
        self.images = {server.name: self._images(server) for server in self._able}
        self.carriers = {server.name: self._carrier(server, args) for server in self._able_and_used()}
        self.register_outputs({})

    @property
    def standbys(self) -> list[Server]:
        """The servers that may carry the registries, and carry nothing."""
        return [server for server in self._able if server not in self._able_and_used()]

    def carrier_of(self, colour: Colour) -> Server | None:
        """The server that carries a colour; None where each server with a front door does."""
        named = self._settings.colours.releases[colour].server
        return next((server for server in self._able if server.settings.name == named), None)

    def _server(self, shape: ServerSettings, args: SiteArgs, stand_in: Server | None = None) -> Server:
        order = ServerOrder(shape, args.settings.domain, args.environment, args.key)
        server = ServerArgs(
            order, args.settings.protect.servers, args.turns, stand_in, args.settings.maintenance
        )
        return Server(shape.full_name, server, self._child)

    def _able_and_used(self) -> list[Server]:
        """The servers that carry something: a front door, or a colour."""
        colours = self._settings.colours.releases if self.doors else ()
        named = (self.carrier_of(colour) for colour in colours)
        used = {server.name for server in (*self.doors, *named) if server is not None}
        return [server for server in self._able if server.name in used]

    def _carrier(self, server: Server, args: SiteArgs) -> Carrier:
        modern = self._settings.registry.modern is not None
        limits = self._settings.access.limits
        carrier = CarrierArgs(server, args.store, self._bridges[server.name], modern, limits.connections)
        return Carrier(f"{server.name}-carrier", carrier, self._child)

    def _images(self, server: Server) -> dict[str, dict[str, RegistryImage]]:
        """By generation and release; releases that would build the same have it built once."""
        made: dict[str, RegistryImage] = {}
        found: dict[str, dict[str, RegistryImage]] = {}
        for release in self._settings.colours.releases.values():
            for generation, kind in generations_of(release.registry).items():
                recipe = _recipe(kind)
                if recipe.name not in made:
                    made[recipe.name] = RegistryImage(
                        f"{server.name}-{generation}-{recipe.release}-image",
                        RegistryImageArgs(server, self._drivers[server.name], recipe),
                        self._child,
                    )
                found.setdefault(generation, {})[release.name] = made[recipe.name]
        return found


def kind_of(registry: RegistrySettings, generation: str) -> ModernSettings | LegacySettings | None:
    """A generation's settings; None where it does not run."""
    return registry.modern if generation == "modern" else registry.legacy


def generations_of(registry: RegistrySettings) -> dict[str, ModernSettings | LegacySettings]:
    """The generations that run, the modern one first."""
    kinds = {generation: kind_of(registry, generation) for generation in GENERATIONS}
    return {generation: kind for generation, kind in kinds.items() if kind is not None}


def _recipe(kind: ModernSettings | LegacySettings) -> ImageRecipe:
    return legacy_recipe(kind) if isinstance(kind, LegacySettings) else modern_recipe(kind)
