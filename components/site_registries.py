"""SiteRegistries: the registries of one datacenter, behind each of its front doors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components.proxy.colour_ports import PORTS
from components.refused_setting import RefusedSettingError
from components.registry.colour import RegistryColour
from components.registry.colour_recipe import ColourRecipe, ColourRecipeArgs
from components.registry.door_colours import DoorColours, DoorColoursArgs, colour_fingerprint
from components.registry.registry import Registry, RegistryArgs, ReleaseArgs
from components.server.firewall.firewall import Firewall, FirewallArgs
from components.server.global_ip import StableAddress
from components.server.server import Server
from components.site import Site, generations_of, kind_of
from components.standby.standby import Standby, StandbyArgs, end_standby
from components.storage.store import RegistryStore
from settings import Colour, FilesystemSettings, Settings


@dataclass(frozen=True)
class SiteRegistriesArgs:
    """What the registries of a site need.

    Attributes:
        settings: Settings of the whole environment.
        store: Store that all sites share.
        users: Users of the registries, name to password. Secret.
        certificate_key: PEM of the key of a provided certificate; None where one is issued.
        address: Address in front of all doors of all sites; None where each has its own.
        servers: Servers of all sites; each allows SSH from the others.
    """

    settings: Settings
    store: RegistryStore
    users: pulumi.Output[dict[str, str]]
    certificate_key: pulumi.Output[str] | None
    address: StableAddress | None = None
    servers: Sequence[Server] = ()


@dataclass(frozen=True)
class Door:
    """A server's front doors.

    Attributes:
        server: The server.
        registries: Registries by generation, the modern one first.
        live: The colour that was live when the doors' colours were last updated.
        fingerprints: Fingerprints of the containers' recipes, by colour.
    """

    server: Server
    registries: Mapping[str, Registry]
    live: pulumi.Output[str]
    fingerprints: Mapping[Colour, pulumi.Output[str]]

    @property
    def registry(self) -> Registry:
        """The registry that the environment is for: the modern one where it exists."""
        return next(iter(self.registries.values()))


class SiteRegistries:
    """The registries of a site, which clients reach by its front doors.

    It is no component: its resources are children of the site. It depends on the address, and the address on
    the servers of every site.

    Args:
        site: The servers of the datacenter.
        args: Arguments of the registries.

    Attributes:
        site: The servers of the datacenter.
        doors: Front doors in the order of their servers' names; none where all servers are standbys.
        standbys: Servers that can become the registry within seconds, in place of the first door's server.
    """

    def __init__(self, site: Site, args: SiteRegistriesArgs) -> None:
        self.site, self._args = site, args
        self._child = pulumi.ResourceOptions(parent=site)
        self._shared: dict[tuple[str, Colour], RegistryColour] = {}
        self._recipes: dict[str, ColourRecipe] = {}
        self.doors = [self._door(server) for server in site.doors]
        self.standbys = [self._standby(server) for server in self._standby_servers()]
        self._firewalls = self._declare_firewalls()

    @property
    def first(self) -> Door:
        """The first door by name, which is verified by two servers."""
        return self.doors[0]

    @property
    def registries(self) -> Mapping[str, Registry]:
        """The registries behind the first front door; empty without one."""
        return self.first.registries if self.doors else {}

    @property
    def registry(self) -> Registry:
        """The registry that the environment is for, behind the first door."""
        return self.first.registry

    def _door(self, server: Server) -> Door:
        generations = generations_of(self._args.settings.registry)
        recipes = {
            colour: {generation: self._recipe(server, generation, colour) for generation in generations}
            for colour in self._args.settings.colours.releases
        }
        door_colours, published = self._door_colours(server, recipes), self._published(server, recipes)
        live = (
            door_colours.live if door_colours else pulumi.Output.from_input(self._args.settings.colours.live)
        )
        registries = {
            generation: self._registry(
                server,
                {colour: recipes[colour][generation] for colour in recipes},
                published if generation == "legacy" and published else door_colours,
            )
            for generation in generations
        }
        end_standby(server, self.site, [registry.ready for registry in registries.values()])
        fingerprints = {colour: colour_fingerprint(recipes[colour]) for colour in recipes}
        return Door(server, registries, live, fingerprints)

    def _recipe(self, front: Server, generation: str, colour: Colour) -> ColourRecipe:
        """Return a colour's recipe for a front door; all doors share that of a dedicated server."""
        settings = self._args.settings
        release = settings.colours.releases[colour]
        kind = kind_of(release.registry, generation)
        if kind is None:
            raise RefusedSettingError(
                f"release {release.name} must have a {generation} registry, since another release has one;"
                " see docs/design/colours.md"
            )
        server = self.site.dedicated_server(colour) or front
        args = ColourRecipeArgs(
            self.site.registry_hosts[server.name],
            colour,
            release.name,
            self.site.images[server.name][generation][release.name],
            kind,
            self._args.store.of(release.name),
            published=generation == "legacy" and settings.access.listen == "loopback",
            keep=release.name == settings.colours.keep,
        )
        if args.name not in self._recipes:
            self._recipes[args.name] = ColourRecipe(args, self.site)
        return self._recipes[args.name]

    def _standby_servers(self) -> Sequence[Server]:
        """Return the servers that can become the registry; none where images or clients are on one server."""
        if not self.doors:
            return []
        settings, args = self._args.settings, self._args
        dns_name = settings.access.name_in(self.first.server.settings.datacenter)
        # A certificate that is provided is for the name, or the address, that clients use.
        certified = args.certificate_key is None or dns_name or args.address is not None
        shared = not any(isinstance(storage, FilesystemSettings) for storage in settings.storages)
        carried = [colour for colour in settings.colours.releases if self.site.dedicated_server(colour)]
        if settings.access.listen == "loopback" or carried or not shared or not certified:
            return []
        return self.site.standbys

    def _standby(self, server: Server) -> Standby:
        """Prepare a server as the first front door, with the server's own images."""
        front = self.first.server
        registries = {
            generation: self._registry_args(
                front,
                {colour: self._recipe(front, generation, colour) for colour in registry.colours},
            )
            for generation, registry in self.registries.items()
        }
        images = {
            generation: {
                colour: self.site.images[server.name][generation][release.recipe.args.release]
                for colour, release in registry.releases.items()
            }
            for generation, registry in registries.items()
        }
        return Standby(f"{server.name}-standby", StandbyArgs(server, registries, images), self._child)

    def _door_colours(
        self, server: Server, recipes: Mapping[Colour, Mapping[str, ColourRecipe]]
    ) -> DoorColours | None:
        """Declare the colours to a server's front doors; None without a front door."""
        settings = self._args.settings
        loopback = settings.access.listen == "loopback"
        generations = tuple(
            generation
            for generation in generations_of(settings.registry)
            if not (loopback and generation == "legacy")
        )
        if not generations:
            return None
        proxy = self.site.registry_hosts[server.name].proxy
        door_colours_args = DoorColoursArgs(proxy, recipes, generations, settings.colours.live)
        return DoorColours(f"{server.name}-colours", door_colours_args, self._child)

    def _published(
        self, server: Server, recipes: Mapping[Colour, Mapping[str, ColourRecipe]]
    ) -> DoorColours | None:
        """What a server knows of the legacy registry that it publishes without a door; None for others."""
        settings = self._args.settings
        if settings.access.listen != "loopback" or settings.registry.legacy is None:
            return None
        proxy = self.site.registry_hosts[server.name].proxy
        args = DoorColoursArgs(proxy, recipes, ("legacy",), settings.colours.live, published=True)
        return DoorColours(f"{server.name}-published", args, self._child)

    def _registry(
        self, server: Server, recipes: Mapping[Colour, ColourRecipe], door_colours: DoorColours | None
    ) -> Registry:
        generation = next(iter(recipes.values())).args.generation
        registry_args = self._registry_args(server, recipes, [door_colours.applied] if door_colours else [])
        registry = Registry(f"{server.name}-{generation}", registry_args, self._child)
        for colour, registry_colour in registry.colours.items():
            if self.site.dedicated_server(colour) is not None:
                self._shared[generation, colour] = registry_colour
        return registry

    def _registry_args(
        self,
        server: Server,
        recipes: Mapping[Colour, ColourRecipe],
        depends_on: Sequence[pulumi.Resource] = (),
    ) -> RegistryArgs:
        args = self._args
        return RegistryArgs(
            front=self.site.registry_hosts[server.name],
            releases={colour: self._release(recipe) for colour, recipe in recipes.items()},
            store=args.store,
            access=args.settings.access,
            users=args.users,
            certificate_key=args.certificate_key,
            address=args.address,
            depends_on=depends_on,
            takes_over_name=self._takes_over_name(server),
        )

    def _takes_over_name(self, server: Server) -> bool:
        """Return whether a front door replaces another one, to which the DNS name still resolves."""
        settings = self._args.settings
        is_retiring = server.name in settings.retiring_doors
        return self._args.address is None and settings.is_moving and not is_retiring

    def _release(self, recipe: ColourRecipe) -> ReleaseArgs:
        """Return one colour for one front door; all doors of the site share that of a dedicated server."""
        source = recipe.args
        return ReleaseArgs(
            recipe,
            remote_doors=self._remote_doors(source.colour, source.registry_host.server),
            existing=self._shared.get((source.generation, source.colour)),
        )

    def _remote_doors(self, colour: Colour, server: Server) -> Sequence[Server]:
        """Return the other servers whose front doors use a colour of this server."""
        is_dedicated = self.site.dedicated_server(colour) is server
        return [door for door in self.site.doors if door is not server] if is_dedicated else []

    def firewalls(self, door: Door, registry: Registry) -> Sequence[Firewall]:
        """Return those on a client's way: of the front door's server, and of the colours' own."""
        colours = (colour.server.name for colour in registry.colours.values())
        names = dict.fromkeys((door.server.name, *colours))
        return [self._firewalls[name] for name in names if name in self._firewalls]

    def _declare_firewalls(self) -> Mapping[str, Firewall]:
        """Declare the firewalls; without them, their removal from servers that may be off."""
        if self._args.settings.access.firewall:
            return {server.name: self._firewall(server) for server in self.site.servers}
        for server in self.site.servers:
            if server.host.may_be_off:
                args = FirewallArgs(server, (), removed=True)
                Firewall(f"{server.name}-firewall", args, self._child)
        return {}

    def _firewall(self, server: Server) -> Firewall:
        access = self._args.settings.access
        is_standby = any(standby.server is server for standby in self.standbys)
        # Nothing listens there on a standby, until it is the registry.
        carried = next(
            (list(door.registries.values()) for door in self.doors if door.server is server),
            list(self.registries.values()) if is_standby else [],
        )
        ports = tuple(registry.port for registry in carried) if access.listen != "loopback" else ()
        inner = tuple(
            PORTS[generation, colour].inner
            for colour in self._args.settings.colours.releases
            for generation in generations_of(self._args.settings.registry)
            if self._remote_doors(colour, server)
        )
        peer_doors = [door.private_ip for door in self.site.doors if door is not server]
        # Where everybody is let in, addresses of servers would only tie the servers to each other.
        peers = [peer for peer in self._args.servers if peer is not server] if access.ssh_from else []
        shape = FirewallArgs(
            server,
            ports,
            access.ssh_from,
            access.registry_from,
            inner,
            peer_doors if inner else [],
            [address for peer in peers for address in (peer.private_ip, peer.address)],
        )
        return Firewall(f"{server.name}-firewall", shape, self._child)
