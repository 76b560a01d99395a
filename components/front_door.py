"""FrontDoor: TLS in front of one registry."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.certificate import Certificate
from components.front_door_config import FrontDoorShape, Redirect, front_door_configuration
from components.proxy import Proxy
from components.remote_script import remote_script
from components.storage_door import StorageDoor
from components.user_list import userlist


@dataclass(frozen=True)
class AskedUsers:
    """Users whom the door itself asks for, for a registry that cannot: name to password, and what salts."""

    users: pulumi.Output[dict[str, str]]
    root_secret: pulumi.Output[str]


@dataclass(frozen=True)
class FrontDoorArgs:
    """What a front door needs.

    Attributes:
        proxy: serves it.
        generation: names the door on its server: `modern`, `legacy`.
        listen: address it listens on.
        port: TCP port.
        backend_port: where the registry listens on the server's loopback, plain HTTP.
        certificate: issued or given; another one is taken up without a lost connection.
        health_path: answers 200 without credentials while the registry lives.
        users: asked for here; None leaves it to the registry.
        open_paths: need no credentials all the same.
        storage: whose temporary URLs are written anew for clients; None where the registry sends none.
        needs: what must be there before.
    """

    proxy: Proxy
    generation: str
    listen: pulumi.Output[str]
    port: int
    backend_port: int
    certificate: pulumi.Output[Certificate]
    health_path: str = "/"
    users: AskedUsers | None = None
    open_paths: tuple[str, ...] = ()
    storage: StorageDoor | None = None
    needs: Sequence[pulumi.Resource] = ()


class FrontDoor(pulumi.ComponentResource):
    """A door that clients come to.

    Attributes:
        address: `HOST:PORT` for Docker.
        endpoint: `https://HOST:PORT`.
        applied: depend on it before the registry is used.
    """

    def __init__(self, name: str, args: FrontDoorArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("softlayer-registry:index:FrontDoor", name, {}, opts)
        server, file = args.proxy.server, f"front-{args.generation}"
        self.applied = remote_script(
            name,
            "door.sh",
            "write",
            file,
            connection=server.connection,
            opts=server.on_server(self, args.proxy.applied, *args.needs),
            secret_input=self._files(args),
            undo=("remove", file),
        )
        self.address = pulumi.Output.format("{0}:{1}", args.listen, args.port)
        self.endpoint = pulumi.Output.format("https://{0}", self.address)
        self.register_outputs({"address": self.address, "endpoint": self.endpoint})

    @staticmethod
    def _files(args: FrontDoorArgs) -> pulumi.Output[str]:
        """The configuration, and behind a line of its own the certificate: what door.sh reads."""
        redirect = (
            pulumi.Output.all(args.storage.door, args.storage.origin).apply(
                lambda found: Redirect(str(found[0]), str(found[1]))
            )
            if args.storage is not None
            else pulumi.Output.from_input(None)
        )
        users = (
            pulumi.Output.all(args.users.users, args.users.root_secret).apply(
                lambda found: userlist(args.generation, found[0], str(found[1]))
            )
            if args.users is not None
            else pulumi.Output.from_input("")
        )

        def files(listen: str, certificate: Certificate, redirect: Redirect | None, users: str) -> str:
            shape = FrontDoorShape(
                args.generation,
                listen,
                args.port,
                args.backend_port,
                args.health_path,
                args.open_paths,
                users,
                redirect,
            )
            configuration = front_door_configuration(shape)
            return f"{configuration}# certificate\n{certificate.certificate}{certificate.private_key}"

        return pulumi.Output.all(args.listen, args.certificate, redirect, users).apply(
            lambda found: files(found[0], found[1], found[2], found[3])
        )
