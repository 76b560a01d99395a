"""RegistryColour: one release of one generation in its container, as one colour."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_docker as docker

from components.carrier import Carrier
from components.certificate import issue
from components.colour_ports import PORTS
from components.docker_room import docker_room
from components.front_door import ColourTarget, FrontDoor, FrontDoorArgs
from components.registry_backend import DoorManners, RegistryBackend, legacy_backend, modern_backend
from components.registry_health import registry_health, storage_login
from components.registry_image import RegistryImage
from components.registry_name import RegistryName
from components.registry_store import RegistryStore
from components.server import Server
from settings import Colour, LegacySettings, ModernSettings


@dataclass(frozen=True)
class RegistryColourArgs:
    """What a colour needs.

    Attributes:
        carrier: the server that carries it.
        colour: red or black.
        release: names it.
        image: what it runs.
        settings: of its generation, as the release has them.
        store: where it keeps everything; shared by the colours.
        manners: how its own door treats it, where there is one.
        apart: whether a front door on another server comes to it, so that it needs a door of its own.
        listen: address at which Docker publishes it as in the article, without a door; None is the loopback.
        needs: what must be there before.
    """

    carrier: Carrier
    colour: Colour
    release: str
    image: RegistryImage
    settings: ModernSettings | LegacySettings
    store: RegistryStore
    manners: DoorManners
    apart: bool = False
    listen: pulumi.Output[str] | None = None
    needs: Sequence[pulumi.Resource] = ()

    @property
    def generation(self) -> str:
        """`modern` or `legacy`."""
        return "legacy" if isinstance(self.settings, LegacySettings) else "modern"


class RegistryColour(pulumi.ComponentResource):
    """A registry behind no front door: it answers on its own port, on its server's loopback.

    Attributes:
        generation: `modern` or `legacy`.
        colour: red or black.
        release: names it.
        server: carries it.
        container: the registry's.
        port: TCP port on the server's loopback.
        debug_port: of health and metrics there; 0 where there is none.
        name: None, since only its server reaches it.
        address: `HOST:PORT`, its own, for Docker on its server.
        endpoint: `http://HOST:PORT`, its own.
        authority: "", since its own port has no TLS.
        secured: False for that reason.
        asks: whether it asks for a user there.
        made: identities of its container.
        ready: depend on it before using the registry.
    """

    def __init__(
        self, name: str, args: RegistryColourArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("softlayer-registry:index:RegistryColour", name, {}, opts)
        ports = PORTS[args.generation, args.colour]
        backend = _backend(args)
        self.generation, self.colour, self.release = args.generation, args.colour, args.release
        self.server, self.port, self.debug_port = args.carrier.server, backend.port, ports.debug
        self.container = self._run(name, args, backend)
        login = storage_login(args.store, args.generation)
        self.ready: pulumi.Resource = registry_health(
            f"{name}-health", self.server, self.container, login, args.settings.health_seconds, self
        )
        self.name: RegistryName | None = None
        # 64 characters are the most that a common name has.
        self._certificate_name = f"{args.colour}.{args.generation}.{self.server.name[:40]}"
        self._inner_port = ports.inner
        if args.apart:
            self.ready = self._own_door(name, args)
        self.address = pulumi.Output.from_input(f"127.0.0.1:{self.port}")
        self.endpoint = pulumi.Output.from_input(f"http://127.0.0.1:{self.port}")
        self.authority, self.secured = pulumi.Output.from_input(""), False
        self.asks = args.generation == "modern"
        self.made: list[pulumi.Input[str]] = [self.container.id]
        self.register_outputs({"release": self.release})

    @property
    def releases(self) -> Sequence[str]:
        """The name of its release, alone."""
        return [self.release]

    def target_from(self, front: Server) -> ColourTarget:
        """Where a front door on a server finds it; on another server only if it is `apart`."""
        if front is self.server:
            return ColourTarget(self.colour, self.port)
        address, source = self.server.private_ip, front.private_ip
        return ColourTarget(self.colour, self._inner_port, address, self._certificate_name, source)

    def _own_door(self, name: str, args: RegistryColourArgs) -> pulumi.Resource:
        """TLS on the private address, for front doors on other servers."""
        address = self.server.private_ip
        own = f"inner-{args.generation}-{args.colour}"
        certificate = pulumi.Output.all(args.store.root.value, address).apply(
            lambda found: issue(str(found[0]), self._certificate_name, (str(found[1]),))
        )
        door = FrontDoorArgs(
            proxy=args.carrier.proxy,
            name=own,
            listen=address,
            port=self._inner_port,
            behind=self.port,
            certificate=pulumi.Output.secret(certificate),
            health_path=args.manners.health_path,
            users=args.manners.users,
            prefixes=args.manners.prefixes,
            open_paths=args.manners.open_paths,
            single_requests=args.manners.single_requests,
            needs=[self.ready],
        )
        return FrontDoor(f"{name}-inner-door", door, pulumi.ResourceOptions(parent=self)).applied

    def _run(self, name: str, args: RegistryColourArgs, backend: RegistryBackend) -> docker.Container:
        server, shape = args.carrier.server, backend.container
        room = docker_room(f"{name}-room", server, args.image.digest, shape, self, *backend.needs)
        on_server = server.on_server(self, *backend.needs, *args.needs, room)
        on_server.provider = server.docker
        # pulumi-docker would call it an update and change nothing (measured with 5.2.0).
        on_server.replace_on_changes = ["healthcheck"]
        on_server.delete_before_replace = True
        kind = "registry-legacy" if args.generation == "legacy" else "registry"
        return docker.Container(
            name,
            # The release ends the name, so that another release is another container: the one from before is
            # deleted first, which has the port.
            name=f"{kind}-{args.release}",
            image=args.image.digest,
            command=shape.apply(lambda found: list(found.command)),
            envs=pulumi.Output.unsecret(shape.apply(lambda found: found.envs)),
            uploads=shape.apply(lambda found: found.uploads),
            volumes=pulumi.Output.unsecret(shape.apply(lambda found: found.volumes)),
            ports=pulumi.Output.unsecret(shape.apply(lambda found: found.ports)),
            network_mode=pulumi.Output.unsecret(
                shape.apply(lambda found: "host" if found.port is None else "bridge")
            ),
            healthcheck=pulumi.Output.unsecret(shape.apply(lambda found: found.healthcheck)),
            restart="unless-stopped",
            memory=args.settings.memory,
            memory_swap=args.settings.memory,
            log_driver="json-file",
            log_opts={"max-size": "10m", "max-file": "3"},
            labels=[
                docker.ContainerLabelArgs(label="softlayer-registry.release", value=args.release),
                # A container of an installation that is gone is made anew on the next one.
                docker.ContainerLabelArgs(
                    label="softlayer-registry.installation", value=server.host.installation
                ),
            ],
            destroy_grace_seconds=pulumi.Output.unsecret(shape.apply(lambda found: found.grace_seconds)),
            must_run=True,
            # The health step waits, and knows why it waits in vain.
            wait=False,
            opts=on_server,
        )


def _backend(args: RegistryColourArgs) -> RegistryBackend:
    ports = PORTS[args.generation, args.colour]
    if isinstance(args.settings, LegacySettings):
        port = args.settings.port if args.listen is not None else ports.registry
        return legacy_backend(args.store, args.settings, port, args.listen)
    return modern_backend(args.carrier, args.store, args.settings, ports)
