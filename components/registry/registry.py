"""Registry: one generation of the registry in its colours, and its front door."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pulumi

from components.access.certificate import Certificate, issue
from components.access.provided_certificate import load_provided_certificate
from components.clients.registry_name import RegistryName
from components.proxy.front_door import ColourTarget, FrontDoor, FrontDoorArgs
from components.registry.backend import ProxyPolicy, choose_proxy_policy
from components.registry.colour import RegistryColour, RegistryColourArgs
from components.registry.colour_recipe import ColourRecipe
from components.registry.registry_host import RegistryHost
from components.server.global_ip import StableAddress
from components.server.server import Server
from components.storage.store import RegistryStore
from settings import AccessSettings, Colour, LegacySettings, ModernSettings


@dataclass(frozen=True)
class ReleaseArgs:
    """One colour's release of a generation.

    Attributes:
        recipe: Recipe of its container, with the server.
        remote_doors: Other servers whose front doors use it.
        existing: The colour that another front door's registry has created already; None creates it.
    """

    recipe: ColourRecipe
    remote_doors: Sequence[Server] = ()
    existing: RegistryColour | None = None


@dataclass(frozen=True)
class RegistryArgs:
    """What a registry needs.

    Attributes:
        front: The server with the front door.
        releases: Releases by colour.
        store: Store of the environment, with the secret that all releases share.
        access: Who reaches it, and at which address.
        users: Passwords by user name. Secret.
        certificate_key: PEM of the key of a provided certificate; None where one is issued.
        address: Address at which clients reach all front doors; None is this front door's own.
        depends_on: Resources that must exist before any of it is changed.
        takes_over_name: Whether clients still reach another front door by the name, so that DNS does not
            resolve to this one yet.

    Raises:
        ValueError: There is no colour, or there are two without a front door to choose between them.
    """

    front: RegistryHost
    releases: Mapping[Colour, ReleaseArgs]
    store: RegistryStore
    access: AccessSettings
    users: pulumi.Output[dict[str, str]]
    certificate_key: pulumi.Output[str] | None
    address: StableAddress | None = None
    depends_on: Sequence[pulumi.Resource] = ()
    takes_over_name: bool = False

    def __post_init__(self) -> None:
        if not self.releases or (len(self.releases) > 1 and self.published_on_loopback):
            raise ValueError(
                f"a registry must have one colour, or two behind a front door, got {list(self.releases)}"
            )

    @property
    def settings(self) -> ModernSettings | LegacySettings:
        """Of the first colour; what all of them share is in it."""
        return next(iter(self.releases.values())).recipe.args.settings

    @property
    def published_on_loopback(self) -> bool:
        """Whether Docker itself publishes it on the loopback, without TLS, as in the article."""
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
    def proxy_policy(self) -> ProxyPolicy:
        """How front doors treat it."""
        kinds = [release.recipe.args.settings for release in self.releases.values()]
        redirects = [kind.redirect for kind in kinds if isinstance(kind, ModernSettings)]
        storage = self.front.storage_door if any(redirects) else None
        roles = {**self.access.roles, self.access.user: "admin"}
        return choose_proxy_policy(self.generation, self.users, roles, self.store, storage)


class Registry(pulumi.ComponentResource):
    """A registry whose colours answered their health checks, storage included, and their door.

    Attributes:
        generation: Generation, `modern` or `legacy`.
        name: Name at which clients reach it.
        colours: Colours by name; the front door alone knows which one is live.
        address: Address, `HOST:PORT` for Docker.
        endpoint: Endpoint, `https://HOST:PORT`; http where Docker publishes it on the loopback.
        authority: PEM of the certificate authority that clients must trust; "" where they need none.
        certificate_end: Time at which its certificate expires, ISO 8601 in UTC; "" where it has none.
        port: TCP port that clients use.
        secured: Whether it has TLS.
        requires_auth: Whether it requires authentication.
        container_ids: Docker's ids of its containers.
        listen: Address at which its front door's server serves it.
        door_digests: Digests of what its front door is made from; none without one.
        ready: Resource on which the use of the registry depends.
    """

    def __init__(self, name: str, args: RegistryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("softlayer-registry:index:Registry", name, {}, opts)
        listen = self.listen = listen_address(args.access, args.front.server)
        self.door_digests: Mapping[str, pulumi.Output[str]] = {}
        self.colours = {
            colour: release.existing or self._colour(release, args)
            for colour, release in args.releases.items()
        }
        first = next(iter(self.colours.values()))
        self.generation, self.port = first.generation, args.port
        self.secured = self.requires_auth = not args.published_on_loopback
        self.container_ids: list[pulumi.Input[str]] = [
            colour.container.id for colour in self.colours.values()
        ]
        dns_name = args.access.name_in(args.front.server.settings.datacenter)
        target_address = args.address.address if args.address else listen
        in_hosts = args.access.name_in_hosts or args.takes_over_name
        self.name = RegistryName(dns_name, target_address, in_hosts)
        self.address = pulumi.Output.format("{0}:{1}", self.name.host, args.port)
        self.ready: pulumi.Resource = first.ready
        if args.published_on_loopback:
            self.endpoint = pulumi.Output.format("http://{0}", self.address)
            self.authority = self.certificate_end = pulumi.Output.from_input("")
        else:
            self.endpoint = pulumi.Output.format("https://{0}", self.address)
            certificate = certificate_for(name, args, self.name, listen)
            door = self._front_door(name, args, listen, certificate)
            self.ready, self.door_digests = door.applied, door.digests
            self.authority = pulumi.Output.unsecret(certificate.apply(lambda issued: issued.authority))
            self.certificate_end = pulumi.Output.unsecret(
                certificate.apply(lambda issued: issued.end.isoformat())
            )
        self.register_outputs({"address": self.address, "endpoint": self.endpoint})

    @property
    def releases(self) -> Sequence[str]:
        """Names of its colours' releases."""
        return [colour.release for colour in self.colours.values()]

    def _colour(self, release: ReleaseArgs, args: RegistryArgs) -> RegistryColour:
        parts = RegistryColourArgs(release.recipe, args.proxy_policy, release.remote_doors, args.depends_on)
        return RegistryColour(parts, pulumi.ResourceOptions(parent=self))

    def _front_door(
        self,
        name: str,
        args: RegistryArgs,
        listen: pulumi.Output[str],
        certificate: pulumi.Output[Certificate],
    ) -> FrontDoor:
        colours, front = list(self.colours.values()), args.front.server
        has_remote_colour = any(colour.server is not front for colour in colours)
        address_assignment = [args.address.address_assignment(front)] if args.address else []
        targets = [colour.target_from(front) for colour in colours]
        door = replace(
            door_args(args, listen, targets, certificate),
            authority=_own_authority(args) if has_remote_colour else "",
            depends_on=[*(colour.ready for colour in colours), *address_assignment, *args.depends_on],
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
        args: Arguments of the registry.
        listen: Address that the door binds.
        targets: Colours, and where the door reaches them.
        certificate: Certificate of the door.
    """
    policy = args.proxy_policy
    return FrontDoorArgs(
        proxy=args.front.proxy,
        name=args.generation,
        listen=listen,
        port=args.port,
        backends=targets,
        certificate=certificate,
        health_path=policy.health_path,
        users=policy.users,
        limits=args.access.limits,
        prefixes=policy.prefixes,
        open_paths=policy.open_paths,
        answers_open_paths=True,
        single_requests=policy.single_requests,
        storage=policy.storage,
        extra_bind_address=args.address.address if args.address else "",
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
    name: str, args: RegistryArgs, registry_name: RegistryName, listen: pulumi.Output[str]
) -> pulumi.Output[Certificate]:
    """Return the provided certificate, or one issued by the stack's own authority; its key is secret."""
    access = args.access
    if args.certificate_key is not None and access.certificate:
        certificate = pulumi.Output.all(args.certificate_key, registry_name.host).apply(
            lambda values: load_provided_certificate(
                access.certificate,
                str(values[0]),
                access.certificate_authority,
                (str(values[1]),),
                datetime.now(UTC),
            )
        )
    else:
        names = (registry_name.name,) if registry_name.name else ()
        certificate = pulumi.Output.all(args.store.root.issuer, registry_name.address, listen).apply(
            lambda values: issue(
                values[0],
                f"{name}-registry",
                tuple(dict.fromkeys((str(values[1]), str(values[2]), "127.0.0.1"))),
                names,
                domain=access.domain,
            )
        )
    return pulumi.Output.secret(certificate)
