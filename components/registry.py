"""Registry: one generation of the registry in its colours, and the door that clients come to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pulumi

from components.carrier import Carrier
from components.certificate import Certificate, issue
from components.colour_recipe import ColourRecipe
from components.front_door import ColourTarget, FrontDoor, FrontDoorArgs
from components.given_certificate import given
from components.registry_backend import DoorManners, door_manners
from components.registry_colour import RegistryColour, RegistryColourArgs
from components.registry_name import RegistryName
from components.registry_store import RegistryStore
from components.server import Server
from components.stable_address import StableAddress
from settings import AccessSettings, Colour, LegacySettings, ModernSettings


@dataclass(frozen=True)
class ReleaseArgs:
    """One colour's release of a generation.

    Attributes:
        recipe: what its container is made from, and where.
        apart: whether a front door on another server than its own comes to it.
        made: where another front door's registry has made it already; None makes it.
    """

    recipe: ColourRecipe
    apart: bool = False
    made: RegistryColour | None = None


@dataclass(frozen=True)
class RegistryArgs:
    """What a registry needs.

    Attributes:
        front: the server with the front door.
        releases: by colour.
        store: the environment's, with the secret that all releases share.
        access: who reaches it, and at which address.
        users: name to password; secret.
        certificate_key: PEM of the key of the certificate given; None where one is issued.
        address: at which clients reach it and other front doors; None is this front door's own.
        needs: what must be there before any of it is touched.
        takes_over_name: whether clients still come to another front door by the name, so that DNS does not
            lead here yet.

    Raises:
        ValueError: no colour, or two without a front door between which it could choose.
    """

    front: Carrier
    releases: Mapping[Colour, ReleaseArgs]
    store: RegistryStore
    access: AccessSettings
    users: pulumi.Output[dict[str, str]]
    certificate_key: pulumi.Output[str] | None
    address: StableAddress | None = None
    needs: Sequence[pulumi.Resource] = ()
    takes_over_name: bool = False

    def __post_init__(self) -> None:
        if not self.releases or (len(self.releases) > 1 and self.as_in_the_article):
            raise ValueError(f"a registry takes one colour, or two behind a door, not {list(self.releases)}")

    @property
    def settings(self) -> ModernSettings | LegacySettings:
        """Of the first colour; what all of them share is in it."""
        return next(iter(self.releases.values())).recipe.args.settings

    @property
    def as_in_the_article(self) -> bool:
        """Whether it is published on the loopback by Docker itself, plain, as the article does."""
        return isinstance(self.settings, LegacySettings) and self.access.listen == "loopback"

    @property
    def port(self) -> int:
        """TCP port that clients use."""
        return self.settings.port if isinstance(self.settings, LegacySettings) else self.access.port

    @property
    def generation(self) -> str:
        """`modern` or `legacy`."""
        return "legacy" if isinstance(self.settings, LegacySettings) else "modern"

    @property
    def manners(self) -> DoorManners:
        """How doors treat it."""
        kinds = [release.recipe.args.settings for release in self.releases.values()]
        redirects = [kind.redirect for kind in kinds if isinstance(kind, ModernSettings)]
        storage = self.front.storage_door if any(redirects) else None
        roles = {**self.access.roles, self.access.user: "admin"}
        return door_manners(self.generation, self.users, roles, self.store, storage)


class Registry(pulumi.ComponentResource):
    """A registry whose colours answered their health checks, storage included, and their door.

    Attributes:
        generation: `modern` or `legacy`.
        name: at which clients reach it.
        colours: by name; the front door alone knows which is live.
        address: `HOST:PORT` for Docker.
        endpoint: `https://HOST:PORT`; http where it is as in the article.
        authority: PEM of the certificate authority that clients must trust; "" where they need none.
        certificate_end: when its certificate expires, ISO 8601 in UTC; "" where it has none.
        port: TCP port that clients use.
        secured: whether it has TLS.
        asks: whether it asks for a user.
        made: identities of its containers.
        listen: address at which its front door's server serves it.
        door_parts: digests of what its front door is made from; none without one.
        ready: depend on it before using the registry.
    """

    def __init__(self, name: str, args: RegistryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("softlayer-registry:index:Registry", name, {}, opts)
        listen = self.listen = listen_address(args.access, args.front.server)
        self.door_parts: Mapping[str, pulumi.Output[str]] = {}
        self.colours = {
            colour: release.made or self._colour(release, args) for colour, release in args.releases.items()
        }
        first = next(iter(self.colours.values()))
        self.generation, self.port = first.generation, args.port
        self.secured = self.asks = not args.as_in_the_article
        self.made: list[pulumi.Input[str]] = [one.container.id for one in self.colours.values()]
        named = args.access.name_in(args.front.server.settings.datacenter)
        meant = args.address.address if args.address else listen
        in_hosts = args.access.name_in_hosts or args.takes_over_name
        self.name = RegistryName(named, meant, in_hosts)
        self.address = pulumi.Output.format("{0}:{1}", self.name.host, args.port)
        self.ready: pulumi.Resource = first.ready
        if args.as_in_the_article:
            self.endpoint = pulumi.Output.format("http://{0}", self.address)
            self.authority = self.certificate_end = pulumi.Output.from_input("")
        else:
            self.endpoint = pulumi.Output.format("https://{0}", self.address)
            certificate = certificate_for(name, args, self.name, listen)
            door = self._front_door(name, args, listen, certificate)
            self.ready, self.door_parts = door.applied, door.parts
            self.authority = pulumi.Output.unsecret(certificate.apply(lambda issued: issued.authority))
            self.certificate_end = pulumi.Output.unsecret(
                certificate.apply(lambda issued: issued.end.isoformat())
            )
        self.register_outputs({"address": self.address, "endpoint": self.endpoint})

    @property
    def releases(self) -> Sequence[str]:
        """Names of its colours' releases."""
        return [one.release for one in self.colours.values()]

    def _colour(self, release: ReleaseArgs, args: RegistryArgs) -> RegistryColour:
        parts = RegistryColourArgs(release.recipe, args.manners, release.apart, args.needs)
        return RegistryColour(parts, pulumi.ResourceOptions(parent=self))

    def _front_door(
        self,
        name: str,
        args: RegistryArgs,
        listen: pulumi.Output[str],
        certificate: pulumi.Output[Certificate],
    ) -> FrontDoor:
        colours, front = list(self.colours.values()), args.front.server
        apart = any(one.server is not front for one in colours)
        held = [args.address.held(front)] if args.address else []
        targets = [one.target_from(front) for one in colours]
        door = replace(
            door_args(args, listen, targets, certificate),
            authority=_own_authority(args) if apart else "",
            needs=[*(one.ready for one in colours), *held, *args.needs],
        )
        return FrontDoor(f"{name}-door", door, pulumi.ResourceOptions(parent=self))


def door_args(
    args: RegistryArgs,
    listen: pulumi.Output[str],
    targets: Sequence[ColourTarget],
    certificate: pulumi.Output[Certificate],
) -> FrontDoorArgs:
    """Return the front door of a registry.

    Args:
        args: of the registry.
        listen: address at which the door listens.
        targets: where it finds the colours.
        certificate: of the door.
    """
    manners = args.manners
    return FrontDoorArgs(
        proxy=args.front.proxy,
        name=args.generation,
        listen=listen,
        port=args.port,
        behind=targets,
        certificate=certificate,
        health_path=manners.health_path,
        users=manners.users,
        limits=args.access.limits,
        prefixes=manners.prefixes,
        open_paths=manners.open_paths,
        answers=True,
        single_requests=manners.single_requests,
        storage=manners.storage,
        also=args.address.address if args.address else "",
    )


def _own_authority(args: RegistryArgs) -> pulumi.Output[str]:
    """PEM of the stack's own authority, whoever issued the front door's certificate; public."""
    domain = args.access.domain
    authority = args.store.root.issuer.apply(
        lambda issuer: issue(issuer, "registry", ("127.0.0.1",), domain=domain).authority
    )
    return pulumi.Output.unsecret(authority)


def listen_address(access: AccessSettings, server: Server) -> pulumi.Output[str]:
    """Return the address at which a server's front doors listen."""
    match access.listen:
        case "private":
            return server.private_ip
        case "public":
            return server.address
        case "loopback":
            return pulumi.Output.from_input("127.0.0.1")


def certificate_for(
    name: str, args: RegistryArgs, known_as: RegistryName, listen: pulumi.Output[str]
) -> pulumi.Output[Certificate]:
    """The certificate given, or one issued by the stack's own authority; its key is secret."""
    access = args.access
    if args.certificate_key is not None and access.certificate:
        made = pulumi.Output.all(args.certificate_key, known_as.host).apply(
            lambda found: given(
                access.certificate,
                str(found[0]),
                access.certificate_authority,
                (str(found[1]),),
                datetime.now(UTC),
            )
        )
    else:
        names = (known_as.name,) if known_as.name else ()
        made = pulumi.Output.all(args.store.root.issuer, known_as.address, listen).apply(
            lambda found: issue(
                found[0],
                f"{name}-registry",
                tuple(dict.fromkeys((str(found[1]), str(found[2]), "127.0.0.1"))),
                names,
                domain=access.domain,
            )
        )
    return pulumi.Output.secret(made)
