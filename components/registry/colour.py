"""RegistryColour: one release of one generation in its container, as one colour."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_docker as docker

from components.access.certificate import issue
from components.access.door_credential import USER
from components.clients.registry_name import RegistryName
from components.proxy.colour_ports import PORTS
from components.proxy.front_door import BasicAuthUsers, ColourTarget, FrontDoor, FrontDoorArgs
from components.registry.backend import ProxyPolicy
from components.registry.colour_recipe import ColourRecipe
from components.registry.container.adopted import remove_adopted_container
from components.registry.container.files import container_files
from components.registry.container.health import registry_health, storage_login
from components.registry.container.recipe import secret_digest
from components.registry.container.shape import ContainerShape
from components.server.disk_space import DiskSpace, check_disk_space
from components.server.server import Server

_REQUIRED_SPACE = DiskSpace(32)
"""Choice: a container's log has at most 30 MB."""


@dataclass(frozen=True)
class RegistryColourArgs:
    """What a colour needs.

    Attributes:
        recipe: Recipe of its container, with the server.
        proxy_policy: How its own front door treats it, where there is one.
        remote_doors: Other servers whose front doors use it; it has a front door of its own for these.
        depends_on: Resources that must exist before.
    """

    recipe: ColourRecipe
    proxy_policy: ProxyPolicy
    remote_doors: Sequence[Server] = ()
    depends_on: Sequence[pulumi.Resource] = ()


class RegistryColour(pulumi.ComponentResource):
    """A registry behind no front door: it answers on its own port, on its server's loopback.

    Attributes:
        generation: Generation, `modern` or `legacy`.
        colour: Colour, `red` or `black`.
        release: Name of its release.
        server: Server that runs it.
        container: Container of the registry.
        port: TCP port on the server's loopback.
        pull_port: TCP port there of the process that serves pulls of blobs.
        debug_port: TCP port there of health and metrics; 0 where there is none.
        name: None, since only its server reaches it.
        address: Address, `HOST:PORT` of the registry itself, for Docker on its server.
        endpoint: Endpoint, `http://HOST:PORT` of the registry itself.
        authority: "", since its own port has no TLS.
        secured: False, since its own port has no TLS.
        requires_auth: Whether it requires authentication there.
        user: Name of the only user, the front door.
        password: Password of that user. Secret.
        container_ids: Docker's ids of its containers.
        upload_key: Digest of the secret that signs the state of its uploads; "" where none does.
        storage_key: Digest of the key with which it logs in to Swift; "" where it does not.
        ready: Resource on which the use of the registry depends.
    """

    def __init__(self, args: RegistryColourArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        source, name = args.recipe.args, args.recipe.args.name
        super().__init__("softlayer-registry:index:RegistryColour", name, {}, opts)
        ports = PORTS[source.generation, source.colour]
        self.generation, self.colour, self.release = source.generation, source.colour, source.release
        self.server, self.port, self.debug_port = (
            source.registry_host.server,
            args.recipe.backend.port,
            ports.debug,
        )
        self.requires_auth = source.generation == "modern"
        self.pull_port = ports.pulls if self.generation == "modern" else self.port
        self._queues = args.recipe.backend.queues
        self._upload_secret = args.recipe.upload_secret
        self.upload_key = pulumi.Output.unsecret(self._upload_secret.apply(secret_digest))
        self.storage_key = pulumi.Output.unsecret(args.recipe.storage_key.apply(secret_digest))
        self.user, self.password = USER, args.recipe.door_password
        self.container = self._run(name, args)
        args.recipe.record(self.container)
        login = storage_login(source.store, source.generation)
        self.ready: pulumi.Resource = registry_health(
            f"{name}-health", self.server, self.container, login, source.settings.health_seconds, self
        )
        self.name: RegistryName | None = None
        # 64 characters are the most that a common name has.
        self._certificate_name = f"{source.colour}-{source.generation}-{self.server.name[:40]}"
        self._inner_port = ports.inner
        if args.remote_doors:
            self.ready = self._own_door(name, args)
        self.address = pulumi.Output.from_input(f"127.0.0.1:{self.port}")
        self.endpoint = pulumi.Output.from_input(f"http://127.0.0.1:{self.port}")
        self.authority, self.secured = pulumi.Output.from_input(""), False
        self.container_ids: list[pulumi.Input[str]] = [self.container.id]
        self.register_outputs({"release": self.release})

    @property
    def releases(self) -> Sequence[str]:
        """The name of its release, alone."""
        return [self.release]

    def target_from(self, front: Server) -> ColourTarget:
        """Return where a front door reaches it; on another server only if that is one of `remote_doors`."""
        if front is self.server:
            return ColourTarget(
                self.colour,
                self.port,
                queues=self._queues,
                upload_secret=self._upload_secret,
                password=self._sent_password,
            )
        address, source = self.server.private_ip, front.private_ip
        return ColourTarget(
            self.colour,
            self._inner_port,
            address,
            self._certificate_name,
            source,
            upload_secret=self._upload_secret,
            password=self.password,
        )

    @property
    def _sent_password(self) -> pulumi.Input[str]:
        """Password that the registry itself is sent; "" where it requires no authentication."""
        return self.password if self.requires_auth else ""

    def _own_door(self, name: str, args: RegistryColourArgs) -> pulumi.Resource:
        """TLS on the private address, for front doors on other servers; they have the release's password."""
        address = self.server.private_ip
        source = args.recipe.args
        own = f"inner-{source.generation}-{source.colour}"
        certificate = pulumi.Output.all(source.store.root.issuer, address).apply(
            lambda values: issue(values[0], self._certificate_name, (str(values[1]),))
        )
        door = FrontDoorArgs(
            proxy=source.registry_host.proxy,
            name=own,
            listen=address,
            port=self._inner_port,
            backends=self.port,
            certificate=pulumi.Output.secret(certificate),
            health_path=args.proxy_policy.health_path,
            users=BasicAuthUsers(
                self.password.apply(lambda password: {USER: password}),
                source.store.root.value,
                {USER: "admin"},
            ),
            prefixes=args.proxy_policy.prefixes,
            open_paths=args.proxy_policy.open_paths,
            answers_open_paths=True,
            sources=[front.private_ip for front in args.remote_doors],
            single_requests=args.proxy_policy.single_requests,
            depends_on=[self.ready],
            queues=self._queues,
            password=self._sent_password,
        )
        return FrontDoor(f"{name}-inner-door", door, pulumi.ResourceOptions(parent=self)).applied

    def _prepare(
        self, name: str, own_name: str, args: RegistryColourArgs
    ) -> tuple[pulumi.ResourceOptions, pulumi.Output[str]]:
        """Put on the server what the container needs; its options, and the folder of its files."""
        source, backend, server = args.recipe.args, args.recipe.backend, self.server
        disk_space_check = check_disk_space(
            f"{name}-disk-space",
            server.host,
            server.name,
            _REQUIRED_SPACE,
            pulumi.Output.all(args.recipe.image, args.recipe.text, args.recipe.secrets),
            server.on_server(self, server.engine, *backend.depends_on),
        )
        files, folder = container_files(name, server, args.recipe.recipe, args.recipe.secrets, self)
        prepared = (disk_space_check, files, source.registry_host.bridges)
        dependencies = [*backend.depends_on, *args.depends_on, *prepared]
        adopted = remove_adopted_container(name, own_name, server, self, dependencies)
        on_server = server.on_server(self, *dependencies, *adopted)
        on_server.provider = server.docker
        # pulumi-docker would call it an update and change nothing (measured with 5.2.0).
        on_server.replace_on_changes = ["healthcheck"]
        on_server.delete_before_replace = True
        return on_server, folder

    def _run(self, name: str, args: RegistryColourArgs) -> docker.Container:
        source, recipe = args.recipe.args, args.recipe.recipe
        # The release ends the name, so that another release is another container: the one from before is
        # deleted first, which has the port.
        own_name = f"{'registry-legacy' if source.generation == 'legacy' else 'registry'}-{source.release}"
        on_server, folder = self._prepare(name, own_name, args)
        shape = recipe.apply(lambda recipe: recipe.shape)
        return docker.Container(
            name,
            name=own_name,
            image=args.recipe.image,
            # Besides name and labels, all comes from the recipe, so that every change of it is seen.
            entrypoints=shape.apply(lambda shape: list(shape.entrypoint) or None),
            command=shape.apply(lambda shape: list(shape.command)),
            envs=shape.apply(lambda shape: shape.envs),
            volumes=pulumi.Output.all(shape, folder).apply(lambda values: values[0].volumes(str(values[1]))),
            read_only=shape.apply(lambda shape: shape.confinement.read_only if shape.confinement else None),
            ports=shape.apply(lambda shape: shape.ports),
            network_mode=shape.apply(lambda shape: "host" if shape.port is None else "bridge"),
            healthcheck=shape.apply(lambda shape: shape.healthcheck),
            user=shape.apply(lambda shape: shape.confinement.identity if shape.confinement else None),
            capabilities=shape.apply(dropped_capabilities),
            security_opts=shape.apply(
                lambda shape: list(shape.confinement.security_options) if shape.confinement else None
            ),
            tmpfs=shape.apply(lambda shape: dict(shape.confinement.tmpfs) if shape.confinement else None),
            ulimits=shape.apply(process_limits),
            destroy_grace_seconds=shape.apply(lambda shape: shape.grace_seconds),
            restart=recipe.apply(lambda recipe: recipe.restart),
            memory=recipe.apply(lambda recipe: recipe.memory),
            memory_swap=recipe.apply(lambda recipe: recipe.memory_and_swap),
            log_driver=recipe.apply(lambda recipe: recipe.log_driver),
            log_opts=recipe.apply(lambda recipe: dict(recipe.log_options)),
            labels=[
                docker.ContainerLabelArgs(label="softlayer-registry.release", value=source.release),
                # A new installation of the server gets a new container.
                docker.ContainerLabelArgs(
                    label="softlayer-registry.installation", value=self.server.host.installation
                ),
            ],
            must_run=True,
            # The health step waits instead, and reports why the container is not healthy.
            wait=False,
            opts=on_server,
        )


def dropped_capabilities(shape: ContainerShape) -> docker.ContainerCapabilitiesArgs | None:
    """Return the capabilities that a container is without, as pulumi-docker takes them."""
    if shape.confinement is None:
        return None
    return docker.ContainerCapabilitiesArgs(drops=list(shape.confinement.dropped_capabilities))


def process_limits(shape: ContainerShape) -> list[docker.ContainerUlimitArgs] | None:
    """Return the limit of processes as pulumi-docker takes it, which knows none by control group."""
    if shape.confinement is None:
        return None
    most = shape.confinement.processes
    return [docker.ContainerUlimitArgs(name="nproc", soft=most, hard=most)]
