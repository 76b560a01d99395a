"""Site: one datacenter's servers, ready to carry registries and front doors."""

from dataclasses import dataclass, replace

import pulumi

from components.registry.image import (
    ImageRecipe,
    RegistryImage,
    RegistryImageArgs,
    legacy_recipe,
    modern_recipe,
)
from components.registry.registry_host import RegistryHost, RegistryHostArgs
from components.server.firewall.bridge_guard import guard_bridges
from components.server.operator_key import OperatorKey
from components.server.order import ServerOrder
from components.server.reboot_turns import RebootTurns
from components.server.server import Server, ServerArgs
from components.server.storage_driver import StorageDriver, StorageDriverArgs
from components.storage.store import RegistryStore
from settings import Colour, LegacySettings, ModernSettings, RegistrySettings, ServerSettings, Settings

GENERATIONS = ("modern", "legacy")


@dataclass(frozen=True)
class SiteArgs:
    """What a site is made of.

    Attributes:
        settings: Settings of the whole environment; the site takes the servers of its datacenter. The images
            are made on each server with the role `registry`. Those with `frontDoor`, or the only one, have
            doors, and each of these carries the colours that name no other server.
        environment: The stack's name.
        key: Key that opens the servers.
        store: Store that all sites share.
        users: Users of the registries, name to password. Secret.
        turns: Turns in which the servers of all sites are rebooted.
        spare: A server of another site with a front door; None where this site has one.
    """

    settings: Settings
    environment: str
    key: OperatorKey
    store: RegistryStore
    users: pulumi.Output[dict[str, str]]
    turns: RebootTurns
    spare: Server | None = None


class Site(pulumi.ComponentResource):
    """One datacenter; its short name is the resource's. `SiteRegistries` opens it to clients.

    Attributes:
        servers: Servers by name.
        storage_drivers: Storage drivers in use, by server name.
        doors: The servers with front doors, by name.
        images: Images by server name, generation and release, on each server with the role `registry`.
        registry_hosts: Registry hosts by server name, of the servers with a front door or a colour.
    """

    def __init__(self, name: str, args: SiteArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("softlayer-registry:index:Site", name, {}, opts)
        self._child = pulumi.ResourceOptions(parent=self)
        settings = self._settings = args.settings
        shapes = [shape for shape in settings.servers if shape.datacenter == name]
        door_names = settings.doors_in(name)
        used = {*door_names, *(release.server for release in settings.colours.releases.values())}
        # First those that carry something: the first door's server stands in for one that only stands by.
        servers = {shape.name: self._server(shape, args) for shape in shapes if shape.name in used}
        for shape in shapes:
            if shape.name not in servers:
                spare = servers[door_names[0]] if door_names else args.spare
                servers[shape.name] = self._helper(shape, args, spare)
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
        self._registry_servers = [server for server in self.servers if server.settings.role == "registry"]
        self.doors = [server for server in self._registry_servers if server.settings.name in door_names]
        self.images = {server.name: self._images(server) for server in self._registry_servers}
        self.registry_hosts = {
            server.name: self._registry_host(server, args) for server in self._active_registry_servers()
        }
        self.register_outputs({})

    @property
    def standbys(self) -> list[Server]:
        """The servers with the role `registry` that have no front door and no colour."""
        return [server for server in self._registry_servers if server not in self._active_registry_servers()]

    def dedicated_server(self, colour: Colour) -> Server | None:
        """Return the server that alone carries a colour; None where each server with a front door does."""
        server_name = self._settings.colours.releases[colour].server
        return next(
            (server for server in self._registry_servers if server.settings.name == server_name), None
        )

    def _server(self, shape: ServerSettings, args: SiteArgs) -> Server:
        return Server(shape.full_name, self._server_args(shape, args), self._child)

    def _helper(self, shape: ServerSettings, args: SiteArgs, spare: Server | None) -> Server:
        """A server that carries nothing, which may be off; `spare` carries something."""
        stand_in = spare if shape.role == "registry" else None
        helper = replace(self._server_args(shape, args), stand_in=stand_in, spare=spare)
        return Server(shape.full_name, helper, self._child)

    @staticmethod
    def _server_args(shape: ServerSettings, args: SiteArgs) -> ServerArgs:
        group = args.turns.group(shape.full_name)
        order = ServerOrder(shape, args.settings.domain, args.environment, args.key, group)
        settings = args.settings
        return ServerArgs(order, settings.protect.servers, args.turns, maintenance=settings.maintenance)

    def _active_registry_servers(self) -> list[Server]:
        """Return the servers that carry a front door or a colour."""
        colours = self._settings.colours.releases if self.doors else ()
        dedicated_servers = (self.dedicated_server(colour) for colour in colours)
        used = {server.name for server in (*self.doors, *dedicated_servers) if server is not None}
        return [server for server in self._registry_servers if server.name in used]

    def _registry_host(self, server: Server, args: SiteArgs) -> RegistryHost:
        modern = self._settings.registry.modern is not None
        limits = self._settings.access.limits
        registry_host_args = RegistryHostArgs(
            server, args.store, self._bridges[server.name], modern, limits.connections
        )
        return RegistryHost(f"{server.name}-host", registry_host_args, self._child)

    def _images(self, server: Server) -> dict[str, dict[str, RegistryImage]]:
        """Return images by generation and release; releases with the same image share one build."""
        images_by_name: dict[str, RegistryImage] = {}
        images: dict[str, dict[str, RegistryImage]] = {}
        for release in self._settings.colours.releases.values():
            for generation, kind in generations_of(release.registry).items():
                recipe = _recipe(kind)
                if recipe.name not in images_by_name:
                    images_by_name[recipe.name] = RegistryImage(
                        f"{server.name}-{generation}-{recipe.release}-image",
                        RegistryImageArgs(server, self._drivers[server.name], recipe),
                        self._child,
                    )
                images.setdefault(generation, {})[release.name] = images_by_name[recipe.name]
        return images


def build_sites(args: SiteArgs) -> dict[str, Site]:
    """Return the sites by datacenter; where one has no front door, its helpers have a spare at another one.

    Args:
        args: Arguments of all sites, without a spare.
    """
    settings = args.settings
    sites = {name: Site(name, args) for name in settings.datacenters if settings.doors_in(name)}
    spare = next((site.doors[0] for site in sites.values()), None)
    remote_args = replace(args, spare=spare)
    return {name: sites.get(name) or Site(name, remote_args) for name in settings.datacenters}


def kind_of(registry: RegistrySettings, generation: str) -> ModernSettings | LegacySettings | None:
    """A generation's settings; None where it does not run."""
    return registry.modern if generation == "modern" else registry.legacy


def generations_of(registry: RegistrySettings) -> dict[str, ModernSettings | LegacySettings]:
    """The generations that run, the modern one first."""
    kinds = {generation: kind_of(registry, generation) for generation in GENERATIONS}
    return {generation: kind for generation, kind in kinds.items() if kind is not None}


def _recipe(kind: ModernSettings | LegacySettings) -> ImageRecipe:
    return legacy_recipe(kind) if isinstance(kind, LegacySettings) else modern_recipe(kind)
