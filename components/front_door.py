"""FrontDoor: TLS in front of a registry, or of its colours, one of which is live."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi

from components.certificate import Certificate
from components.door_access import DoorUsers
from components.door_queue import DoorQueue
from components.front_door_config import (
    ColourBackend,
    FrontDoorShape,
    Redirect,
    front_door_configuration,
)
from components.proxy import Proxy
from components.remote_script import remote_script
from components.storage_door import StorageDoor
from components.text_digest import text_digest
from components.user_list import userlist
from settings import DoorLimits, Role

_CERTIFICATE = "# certificate\n"
"""Behind it, door.sh reads the certificate, its chain and its key."""


@dataclass(frozen=True)
class AskedUsers:
    """Users whom the door itself asks for.

    Attributes:
        users: name to password; secret.
        root_secret: what the salts are derived from.
        roles: by name; who has none is a writer.
        passes_credentials: whether the registry asks for the same users and needs the header.
    """

    users: pulumi.Output[dict[str, str]]
    root_secret: pulumi.Output[str]
    roles: Mapping[str, Role] = field(default_factory=dict)
    passes_credentials: bool = False

    def at_door(self, name: str) -> pulumi.Output[DoorUsers]:
        """The users as the door of that name asks for them."""
        roles = tuple(sorted(self.roles.items()))
        return pulumi.Output.all(self.users, self.root_secret).apply(
            lambda values: DoorUsers(
                userlist(name, values[0], str(values[1])), roles, self.passes_credentials
            )
        )


@dataclass(frozen=True)
class ColourTarget:
    """Where a door finds one colour; `components.front_door_config.ColourBackend` once it is known."""

    colour: str
    port: int
    address: pulumi.Input[str] = "127.0.0.1"
    certificate_name: str = ""
    source: pulumi.Input[str] = ""
    queues: Sequence[DoorQueue] = ()
    upload_secret: pulumi.Input[str] = ""


@dataclass(frozen=True)
class FrontDoorArgs:
    """What a front door needs.

    Attributes:
        proxy: serves it.
        name: of the door on its server: `modern`, `legacy`.
        listen: address it listens on.
        also: another address that it listens on, which its server holds; "" for none.
        port: TCP port.
        behind: where the only registry listens on the server's loopback, plain HTTP; or the colours.
        certificate: issued or given; another one is taken up without a lost connection.
        health_path: answers 200 without credentials while the registry lives.
        users: asked for here; None leaves it to the registry.
        limits: of clients; None for a door that only other doors reach.
        prefixes: of the registry's paths; others are not found.
        open_paths: need no credentials all the same.
        answers: whether the door answers the open paths itself while a registry is up.
        single_requests: whether a connection to the registry carries one request only.
        storage: whose temporary URLs are written anew for clients; None where the registry sends none.
        authority: PEM of the authority that vouches for the doors of colours on other servers.
        needs: what must be there before.
        queues: what waits here for the only registry.
    """

    proxy: Proxy
    name: str
    listen: pulumi.Output[str]
    port: int
    behind: int | Sequence[ColourTarget]
    certificate: pulumi.Output[Certificate]
    health_path: str = "/"
    users: AskedUsers | None = None
    limits: DoorLimits | None = None
    prefixes: tuple[str, ...] = ("/v2/",)
    open_paths: tuple[str, ...] = ()
    answers: bool = False
    single_requests: bool = False
    storage: StorageDoor | None = None
    authority: pulumi.Input[str] = ""
    also: pulumi.Input[str] = ""
    needs: Sequence[pulumi.Resource] = ()
    queues: Sequence[DoorQueue] = ()


class FrontDoor(pulumi.ComponentResource):
    """A door that clients come to.

    Attributes:
        address: `HOST:PORT` for Docker.
        endpoint: `https://HOST:PORT`.
        parts: digests of what it is made from, by what an operator would change; public.
        applied: depend on it before the registry is used.
    """

    def __init__(self, name: str, args: FrontDoorArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("softlayer-registry:index:FrontDoor", name, {}, opts)
        server, file = args.proxy.server, f"front-{args.name}"
        files = self.files(args)
        self.parts = _parts(args, files)
        self.applied = remote_script(
            name,
            "door.sh",
            "write",
            file,
            host=server.host,
            opts=server.on_server(self, args.proxy.applied, *args.needs),
            secret_input=files,
            undo=("remove", file),
        )
        self.address = pulumi.Output.format("{0}:{1}", args.listen, args.port)
        self.endpoint = pulumi.Output.format("https://{0}", self.address)
        self.register_outputs({"address": self.address, "endpoint": self.endpoint})

    @staticmethod
    def files(args: FrontDoorArgs) -> pulumi.Output[str]:
        """Return what door.sh reads: the configuration, certificate and authority, parted by lines."""
        redirect = (
            pulumi.Output.all(args.storage.door, args.storage.origin).apply(
                lambda found: Redirect(str(found[0]), str(found[1]))
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
            behind: int | tuple[ColourBackend, ...],
            authority: str,
            also: str,
        ) -> str:
            shape = FrontDoorShape(
                name=args.name,
                listen=listen,
                also=also,
                port=args.port,
                behind=behind,
                health_path=args.health_path,
                prefixes=args.prefixes,
                open_paths=args.open_paths,
                answers=args.answers,
                single_requests=args.single_requests,
                users=users,
                limits=args.limits,
                redirect=redirect,
                queues=tuple(args.queues),
            )
            text = f"{front_door_configuration(shape)}{_CERTIFICATE}{certificate.certificate}"
            text += certificate.private_key
            return f"{text}# authority\n{authority}" if authority else text

        return pulumi.Output.all(
            args.listen, args.certificate, redirect, users, _behind(args), args.authority, args.also
        ).apply(
            lambda found: files(
                found[0], found[1], found[2], found[3], found[4], str(found[5]), str(found[6])
            )
        )


def _parts(args: FrontDoorArgs, files: pulumi.Output[str]) -> Mapping[str, pulumi.Output[str]]:
    users = args.users.at_door(args.name) if args.users is not None else pulumi.Output.from_input(None)

    def configuration(files: str, users: DoorUsers | None) -> str:
        text = files.partition(_CERTIFICATE)[0]
        return text_digest(text.replace(users.userlist, "") if users else text)

    parts = {
        "certificate": args.certificate.apply(
            lambda certificate: text_digest(certificate.certificate, certificate.private_key)
        ),
        "users": users.apply(lambda users: text_digest(repr(users))),
        "configuration": pulumi.Output.all(files, users).apply(
            lambda values: configuration(str(values[0]), values[1])
        ),
        "proxy": pulumi.Output.from_input(text_digest(args.proxy.content)),
    }
    return {part: pulumi.Output.unsecret(digest) for part, digest in parts.items()}


def _behind(args: FrontDoorArgs) -> pulumi.Output[int | tuple[ColourBackend, ...]]:
    if isinstance(args.behind, int):
        return pulumi.Output.from_input(args.behind)
    targets = tuple(args.behind)
    places = [pulumi.Output.all(target.address, target.source, target.upload_secret) for target in targets]
    return pulumi.Output.all(*places).apply(
        lambda found: tuple(
            ColourBackend(
                target.colour,
                target.port,
                str(place[0]),
                target.certificate_name,
                str(place[1]),
                tuple(target.queues),
                str(place[2]),
            )
            for target, place in zip(targets, found, strict=True)
        )
    )
