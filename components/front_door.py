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
from components.user_list import userlist
from settings import DoorLimits, Role


@dataclass(frozen=True)
class AskedUsers:
    """Users whom the door itself asks for.

    Attributes:
        users: name to password; secret.
        root_secret: what the salts are derived from.
        roles: by name; who has none is a writer.
    """

    users: pulumi.Output[dict[str, str]]
    root_secret: pulumi.Output[str]
    roles: Mapping[str, Role] = field(default_factory=dict)

    def at_door(self, name: str) -> pulumi.Output[DoorUsers]:
        """The users as the door of that name asks for them."""
        roles = tuple(sorted(self.roles.items()))
        return pulumi.Output.all(self.users, self.root_secret).apply(
            lambda values: DoorUsers(userlist(name, values[0], str(values[1])), roles)
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
    password: pulumi.Input[str] = ""


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
        sources: addresses of those doors; none is everybody.
        prefixes: of the registry's paths; others are not found.
        open_paths: need no credentials all the same.
        answers: whether the door answers the open paths itself while a registry is up.
        single_requests: whether a connection to the registry carries one request only.
        storage: whose temporary URLs are written anew for clients; None where the registry sends none.
        authority: PEM of the authority that vouches for the doors of colours on other servers.
        needs: what must be there before.
        queues: what waits here for the only registry.
        password: with which the door comes to the only registry; secret, "" sends none.
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
    sources: Sequence[pulumi.Input[str]] = ()
    prefixes: tuple[str, ...] = ("/v2/",)
    open_paths: tuple[str, ...] = ()
    answers: bool = False
    single_requests: bool = False
    storage: StorageDoor | None = None
    authority: pulumi.Input[str] = ""
    also: pulumi.Input[str] = ""
    needs: Sequence[pulumi.Resource] = ()
    queues: Sequence[DoorQueue] = ()
    password: pulumi.Input[str] = ""


class FrontDoor(pulumi.ComponentResource):
    """A door that clients come to.

    Attributes:
        address: `HOST:PORT` for Docker.
        endpoint: `https://HOST:PORT`.
        applied: depend on it before the registry is used.
    """

    def __init__(self, name: str, args: FrontDoorArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("softlayer-registry:index:FrontDoor", name, {}, opts)
        server, file = args.proxy.server, f"front-{args.name}"
        self.applied = remote_script(
            name,
            "door.sh",
            "write",
            file,
            host=server.host,
            opts=server.on_server(self, args.proxy.applied, *args.needs),
            secret_input=self.files(args),
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
            sources: Sequence[str],
            authority: str,
            also: str,
            password: str,
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
                sources=tuple(sources),
                redirect=redirect,
                queues=tuple(args.queues),
                password=password,
            )
            text = f"{front_door_configuration(shape)}# certificate\n{certificate.certificate}"
            text += certificate.private_key
            return f"{text}# authority\n{authority}" if authority else text

        return pulumi.Output.all(
            args.listen,
            args.certificate,
            redirect,
            users,
            _behind(args),
            pulumi.Output.all(*args.sources),
            args.authority,
            args.also,
            args.password,
        ).apply(lambda values: files(*values[:6], *map(str, values[6:])))


def _behind(args: FrontDoorArgs) -> pulumi.Output[int | tuple[ColourBackend, ...]]:
    if isinstance(args.behind, int):
        return pulumi.Output.from_input(args.behind)
    targets = tuple(args.behind)
    places = [
        pulumi.Output.all(target.address, target.source, target.upload_secret, target.password)
        for target in targets
    ]
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
                str(place[3]),
            )
            for target, place in zip(targets, found, strict=True)
        )
    )
