"""FrontDoor: TLS in front of a registry, or of its colours, one of which is live."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi

from components.access.certificate import Certificate
from components.access.user_list import userlist
from components.proxy.access_rules import DoorUsers
from components.proxy.front_door_config import (
    ColourBackend,
    FrontDoorShape,
    Redirect,
    front_door_configuration,
)
from components.proxy.haproxy import Proxy, door_files
from components.proxy.queues import DoorQueue
from components.proxy.storage_proxy import StorageDoor
from components.remote.script import remote_script
from components.remote.text_digest import text_digest
from settings import DoorLimits, Role

_CERTIFICATE = "# certificate\n"
"""Behind it, door.sh reads the certificate, its chain and its key."""


@dataclass(frozen=True)
class BasicAuthUsers:
    """Users whom the front door itself authenticates.

    Attributes:
        users: Passwords by user name. Secret.
        root_secret: Secret from which the salts are derived.
        roles: Roles by user name; a user without one is a writer.
    """

    users: pulumi.Output[dict[str, str]]
    root_secret: pulumi.Output[str]
    roles: Mapping[str, Role] = field(default_factory=dict)

    def at_door(self, name: str) -> pulumi.Output[DoorUsers]:
        """Return the users as the front door of that name authenticates them."""
        roles = tuple(sorted(self.roles.items()))
        return pulumi.Output.all(self.users, self.root_secret).apply(
            lambda values: DoorUsers(userlist(name, values[0], str(values[1])), roles)
        )


@dataclass(frozen=True)
class ColourTarget:
    """Where a door finds one colour; `components.proxy.front_door_config.ColourBackend` once it is known."""

    colour: str
    port: int
    address: pulumi.Input[str] = "127.0.0.1"
    certificate_name: str = ""
    source: pulumi.Input[str] = ""
    queues: Sequence[DoorQueue] = ()
    upload_secret: pulumi.Input[str] = ""
    password: pulumi.Input[str] = ""


@dataclass(frozen=True)
class FrontDoorArgs:
    """What a front door needs.

    Attributes:
        proxy: Proxy that serves it.
        name: Name of the door on its server: `modern`, `legacy`.
        listen: Address it listens on.
        extra_bind_address: Second address to bind, which is assigned to its server; "" for none.
        port: TCP port.
        backends: The colours; or the port of the only registry, plain HTTP on the server's loopback.
        certificate: Issued or provided certificate; a new one is loaded without a lost connection.
        health_path: Path that answers 200 without credentials while the registry lives.
        users: Users to authenticate here; None leaves authentication to the registry.
        limits: Limits of clients; None for a door that only other doors reach.
        sources: Addresses of those doors; none is everybody.
        prefixes: Prefixes of the registry's paths; any other path is not found.
        open_paths: Paths that need no credentials.
        answers_open_paths: Whether the door itself answers the open paths while a registry is up.
        single_requests: Whether a connection to the registry carries one request only.
        storage: Door whose temporary URLs are rewritten for clients; None where the registry sends none.
        authority: PEM of the authority that vouches for the doors of colours on other servers.
        depends_on: Resources that must exist before.
        queues: Queues in front of the only registry.
        password: Password of the door at the only registry. Secret; "" sends none.
    """

    proxy: Proxy
    name: str
    listen: pulumi.Output[str]
    port: int
    backends: int | Sequence[ColourTarget]
    certificate: pulumi.Output[Certificate]
    health_path: str = "/"
    users: BasicAuthUsers | None = None
    limits: DoorLimits | None = None
    sources: Sequence[pulumi.Input[str]] = ()
    prefixes: tuple[str, ...] = ("/v2/",)
    open_paths: tuple[str, ...] = ()
    answers_open_paths: bool = False
    single_requests: bool = False
    storage: StorageDoor | None = None
    authority: pulumi.Input[str] = ""
    extra_bind_address: pulumi.Input[str] = ""
    depends_on: Sequence[pulumi.Resource] = ()
    queues: Sequence[DoorQueue] = ()
    password: pulumi.Input[str] = ""


class FrontDoor(pulumi.ComponentResource):
    """A door that clients come to.

    Attributes:
        address: Address, `HOST:PORT` for Docker.
        endpoint: Endpoint, `https://HOST:PORT`.
        digests: Digests of what it is made from, by what an operator would change. Public.
        applied: Resource to depend on before the registry is used.
    """

    def __init__(self, name: str, args: FrontDoorArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("softlayer-registry:index:FrontDoor", name, {}, opts)
        server, file = args.proxy.server, f"front-{args.name}"
        files = self.files(args)
        self.digests = _digests(args, files)
        self.applied = remote_script(
            name,
            "door.sh",
            "write",
            file,
            host=server.host,
            opts=server.on_server(self, args.proxy.applied, *args.depends_on),
            secret_input=files,
            on_delete=("remove", file),
            installs=door_files(file),
        )
        self.address = pulumi.Output.format("{0}:{1}", args.listen, args.port)
        self.endpoint = pulumi.Output.format("https://{0}", self.address)
        self.register_outputs({"address": self.address, "endpoint": self.endpoint})

    @staticmethod
    def files(args: FrontDoorArgs) -> pulumi.Output[str]:
        """Return the input of door.sh: configuration, certificate and authority, separated by lines."""
        redirect = (
            pulumi.Output.all(args.storage.door, args.storage.origin).apply(
                lambda origins: Redirect(str(origins[0]), str(origins[1]))
            )
            if args.storage is not None
            else pulumi.Output.from_input(None)
        )
        users = args.users.at_door(args.name) if args.users is not None else pulumi.Output.from_input(None)

        def files(
            listen: str,
            certificate: Certificate,
            redirect: Redirect | None,
            users: DoorUsers | None,
            backends: int | tuple[ColourBackend, ...],
            sources: Sequence[str],
            authority: str,
            extra_bind_address: str,
            password: str,
        ) -> str:
            shape = FrontDoorShape(
                name=args.name,
                listen=listen,
                extra_bind_address=extra_bind_address,
                port=args.port,
                backends=backends,
                health_path=args.health_path,
                prefixes=args.prefixes,
                open_paths=args.open_paths,
                answers_open_paths=args.answers_open_paths,
                single_requests=args.single_requests,
                users=users,
                limits=args.limits,
                sources=tuple(sources),
                redirect=redirect,
                queues=tuple(args.queues),
                password=password,
            )
            text = f"{front_door_configuration(shape)}{_CERTIFICATE}{certificate.certificate}"
            text += certificate.private_key
            return f"{text}# authority\n{authority}" if authority else text

        return pulumi.Output.all(
            args.listen,
            args.certificate,
            redirect,
            users,
            _backends(args),
            pulumi.Output.all(*args.sources),
            args.authority,
            args.extra_bind_address,
            args.password,
        ).apply(lambda values: files(*values[:6], *map(str, values[6:])))


def _digests(args: FrontDoorArgs, files: pulumi.Output[str]) -> Mapping[str, pulumi.Output[str]]:
    users = args.users.at_door(args.name) if args.users is not None else pulumi.Output.from_input(None)

    def configuration(files: str, users: DoorUsers | None) -> str:
        text = files.partition(_CERTIFICATE)[0]
        return text_digest(text.replace(users.userlist, "") if users else text)

    digests = {
        "certificate": args.certificate.apply(
            lambda certificate: text_digest(certificate.certificate, certificate.private_key)
        ),
        "users": users.apply(lambda users: text_digest(repr(users))),
        "configuration": pulumi.Output.all(files, users).apply(
            lambda values: configuration(str(values[0]), values[1])
        ),
        "proxy": pulumi.Output.from_input(text_digest(args.proxy.content)),
    }
    return {part: pulumi.Output.unsecret(digest) for part, digest in digests.items()}


def _backends(args: FrontDoorArgs) -> pulumi.Output[int | tuple[ColourBackend, ...]]:
    if isinstance(args.backends, int):
        return pulumi.Output.from_input(args.backends)
    targets = tuple(args.backends)
    target_values = [
        pulumi.Output.all(target.address, target.source, target.upload_secret, target.password)
        for target in targets
    ]
    return pulumi.Output.all(*target_values).apply(
        lambda targets_values: tuple(
            ColourBackend(
                target.colour,
                target.port,
                str(values[0]),
                target.certificate_name,
                str(values[1]),
                tuple(target.queues),
                str(values[2]),
                str(values[3]),
            )
            for target, values in zip(targets, targets_values, strict=True)
        )
    )
