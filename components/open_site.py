"""OpenSite: the registries of one datacenter, behind each of its front doors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components.colour_ports import PORTS
from components.colour_recipe import ColourRecipe, ColourRecipeArgs
from components.door_colours import DoorColours, DoorColoursArgs, colour_fingerprint
from components.firewall import Firewall, FirewallArgs
from components.registry import Registry, RegistryArgs, ReleaseArgs
from components.registry_colour import RegistryColour
from components.registry_store import RegistryStore
from components.server import Server
from components.site import Site, generations_of, kind_of
from components.stable_address import StableAddress
from components.standby import Standby, StandbyArgs, end_standby
from settings import Colour, FilesystemSettings, Settings


@dataclass(frozen=True)
class OpenSiteArgs:
    """What opens a site.

    Attributes:
        settings: of the whole environment.
        store: shared by all sites.
        users: of the registries, name to password; secret.
        certificate_key: PEM of the key of the certificate given; None where one is issued.
        address: in front of all doors of all sites; None where each has its own.
        servers: of all sites; each lets the others in by SSH.
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
        server: which.
        registries: by generation, the modern one first.
        live: the colour that was live when the doors were last told of the colours.
        fingerprints: by colour, of all that its containers are made from.
    """

    server: Server
    registries: Mapping[str, Registry]
    live: pulumi.Output[str]
    fingerprints: Mapping[Colour, pulumi.Output[str]]

    @property
    def registry(self) -> Registry:
        """The registry that the environment is for: the modern one where it is there."""
        return next(iter(self.registries.values()))


class OpenSite:
    """A site that clients come to.

    It is no component: what it makes is the site's. It comes after the address, and that after the servers of
    every site.

    Args:
        site: its servers.
        args: what opens it.

    Attributes:
        site: its servers.
        doors: by the names of their servers; none where its servers stand by for other datacenters.
        standbys: servers that can become the registry within seconds, in the place of the first door's.
    """

    def __init__(self, site: Site, args: OpenSiteArgs) -> None:
        self.site, self._args = site, args
        self._child = pulumi.ResourceOptions(parent=site)
        self._shared: dict[tuple[str, Colour], RegistryColour] = {}
        self._recipes: dict[str, ColourRecipe] = {}
        self.doors = [self._door(server) for server in site.doors]
        self.standbys = [self._standby(server) for server in self._standby_servers()]
        guarded = site.servers if args.settings.access.firewall else []
        self._firewalls = {server.name: self._firewall(server) for server in guarded}

    @property
    def first(self) -> Door:
        """The first door by name, which is verified by two servers."""
        return self.doors[0]

    @property
    def registries(self) -> Mapping[str, Registry]:
        """Those behind the first door; none without a door."""
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
        told = self._door_colours(server, recipes)
        live = told.live if told else pulumi.Output.from_input(self._args.settings.colours.live)
        registries = {
            generation: self._registry(
                server, {colour: recipes[colour][generation] for colour in recipes}, told
            )
            for generation in generations
        }
        end_standby(server, self.site, [registry.ready for registry in registries.values()])
        fingerprints = {colour: colour_fingerprint(recipes[colour]) for colour in recipes}
        return Door(server, registries, live, fingerprints)

    def _recipe(self, front: Server, generation: str, colour: Colour) -> ColourRecipe:
        """What a colour of a front door is made from; on a server named for it, all doors share it."""
        settings = self._args.settings
        release = settings.colours.releases[colour]
        kind = kind_of(release.registry, generation)
        if kind is None:
            raise ValueError(f"release {release.name} has no {generation} registry")
        server = self.site.carrier_of(colour) or front
        args = ColourRecipeArgs(
            self.site.carriers[server.name],
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
        """Servers that carry nothing and could; none where images or clients are on one server."""
        if not self.doors:
            return []
        settings, args = self._args.settings, self._args
        named = settings.access.name_in(self.first.server.settings.datacenter)
        # A certificate that is provided is for the name, or the address, that clients use.
        certified = args.certificate_key is None or named or args.address is not None
        shared = not any(isinstance(storage, FilesystemSettings) for storage in settings.storages)
        carried = [colour for colour in settings.colours.releases if self.site.carrier_of(colour)]
        if settings.access.listen == "loopback" or carried or not shared or not certified:
            return []
        return self.site.standbys

    def _standby(self, server: Server) -> Standby:
        """As the first front door, with the server's own images."""
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
        """What a server's doors are told of the colours; None without a door."""
        settings = self._args.settings
        loopback = settings.access.listen == "loopback"
        generations = tuple(
            generation
            for generation in generations_of(settings.registry)
            if not (loopback and generation == "legacy")
        )
        if not generations:
            return None
        proxy = self.site.carriers[server.name].proxy
        told = DoorColoursArgs(proxy, recipes, generations, settings.colours.live)
        return DoorColours(f"{server.name}-colours", told, self._child)

    def _registry(
        self, server: Server, recipes: Mapping[Colour, ColourRecipe], told: DoorColours | None
    ) -> Registry:
        generation = next(iter(recipes.values())).args.generation
        registry = self._registry_args(server, recipes, [told.applied] if told else [])
        made = Registry(f"{server.name}-{generation}", registry, self._child)
        for colour, one in made.colours.items():
            if self.site.carrier_of(colour) is not None:
                self._shared[generation, colour] = one
        return made

    def _registry_args(
        self,
        server: Server,
        recipes: Mapping[Colour, ColourRecipe],
        needs: Sequence[pulumi.Resource] = (),
    ) -> RegistryArgs:
        args = self._args
        return RegistryArgs(
            front=self.site.carriers[server.name],
            releases={colour: self._release(recipe) for colour, recipe in recipes.items()},
            store=args.store,
            access=args.settings.access,
            users=args.users,
            certificate_key=args.certificate_key,
            address=args.address,
            needs=needs,
            takes_over_name=self._takes_over_name(server),
        )

    def _takes_over_name(self, server: Server) -> bool:
        """Whether a front door is to take the place of another one, to which the name in DNS still leads."""
        settings = self._args.settings
        is_retiring = server.name in settings.retiring_doors
        return self._args.address is None and settings.is_moving and not is_retiring

    def _release(self, recipe: ColourRecipe) -> ReleaseArgs:
        """One colour for one front door; on a server named for it, all doors of the site share it."""
        source = recipe.args
        return ReleaseArgs(
            recipe,
            apart=self._apart(source.colour, source.carrier.server),
            made=self._shared.get((source.generation, source.colour)),
        )

    def _apart(self, colour: Colour, server: Server) -> bool:
        """Whether front doors on other servers come to a colour."""
        return self.site.carrier_of(colour) is server and self.site.doors not in ([], [server])

    def firewalls(self, door: Door, registry: Registry) -> Sequence[Firewall]:
        """Return those on a client's way: of the front door's server, and of the colours' own."""
        colours = (colour.server.name for colour in registry.colours.values())
        names = dict.fromkeys((door.server.name, *colours))
        return [self._firewalls[name] for name in names if name in self._firewalls]

    def _firewall(self, server: Server) -> Firewall:
        access = self._args.settings.access
        standby = any(one.server is server for one in self.standbys)
        # Nothing listens there on a standby, until it is the registry.
        carried = next(
            (list(door.registries.values()) for door in self.doors if door.server is server),
            list(self.registries.values()) if standby else [],
        )
        ports = tuple(registry.port for registry in carried) if access.listen != "loopback" else ()
        inner = tuple(
            PORTS[generation, colour].inner
            for colour in self._args.settings.colours.releases
            for generation in generations_of(self._args.settings.registry)
            if self._apart(colour, server)
        )
        others = [door.private_ip for door in self.site.doors if door is not server]
        # Where everybody is let in, addresses of servers would only tie the servers to each other.
        peers = [peer for peer in self._args.servers if peer is not server] if access.ssh_from else []
        shape = FirewallArgs(
            server,
            ports,
            access.ssh_from,
            access.registry_from,
            inner,
            others if inner else [],
            [address for peer in peers for address in (peer.private_ip, peer.address)],
        )
        return Firewall(f"{server.name}-firewall", shape, self._child)
