"""Registry: one generation of the registry on one server, and the door that clients come to."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pulumi
import pulumi_docker as docker

from components.certificate import Certificate, issue
from components.front_door import FrontDoor, FrontDoorArgs
from components.given_certificate import given
from components.proxy import Proxy
from components.registry_backend import BackendArgs, RegistryBackend, legacy_backend, modern_backend
from components.registry_health import registry_health, storage_login
from components.registry_image import RegistryImage
from components.registry_name import RegistryName
from components.registry_store import RegistryStore
from components.server import Server
from settings import AccessSettings, LegacySettings, ModernSettings


@dataclass(frozen=True)
class RegistryArgs:
    """What a registry needs.

    Attributes:
        proxy: of the server that runs it.
        image: what it runs.
        settings: of its generation.
        store: where it keeps everything.
        access: who reaches it, and at which address.
        users: name to password; secret.
        certificate_key: PEM of the key of the certificate given; None where one is issued.
    """

    proxy: Proxy
    image: RegistryImage
    settings: ModernSettings | LegacySettings
    store: RegistryStore
    access: AccessSettings
    users: pulumi.Output[dict[str, str]]
    certificate_key: pulumi.Output[str] | None

    @property
    def server(self) -> Server:
        """Runs it."""
        return self.proxy.server

    @property
    def as_in_the_article(self) -> bool:
        """Whether it is published on the loopback by Docker itself, plain, as the article does."""
        return isinstance(self.settings, LegacySettings) and self.access.listen == "loopback"

    @property
    def port(self) -> int:
        """TCP port that clients use."""
        return self.settings.port if isinstance(self.settings, LegacySettings) else self.access.port


class Registry(pulumi.ComponentResource):
    """A registry that answered its health check, storage included.

    Attributes:
        generation: `modern` or `legacy`.
        name: at which clients reach it.
        address: `HOST:PORT` for Docker.
        endpoint: `https://HOST:PORT`; http where it is as in the article.
        authority: PEM of the certificate authority that clients must trust; "" where they need none.
        container: the registry's.
        port: TCP port that clients use.
        secured: whether it has TLS and asks for a user.
        ready: depend on it before using the registry.
    """

    def __init__(self, name: str, args: RegistryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("softlayer-registry:index:Registry", name, {}, opts)
        listen = _listen_address(args)
        backend = self._backend(name, args, listen)
        self.generation, self.port = backend.generation, args.port
        self.secured = not args.as_in_the_article
        self.container = self._run(name, args, backend)
        named = args.access.name_in(args.server.settings.datacenter)
        self.name = RegistryName(named, listen, args.access.name_in_hosts)
        self.address = pulumi.Output.format("{0}:{1}", self.name.host, args.port)
        login = storage_login(args.store, backend.generation)
        healthy = registry_health(f"{name}-health", args.server, self.container, login, self)
        self.ready: pulumi.Resource = healthy
        if args.as_in_the_article:
            self.endpoint = pulumi.Output.format("http://{0}", self.address)
            self.authority = pulumi.Output.from_input("")
        else:
            self.endpoint = pulumi.Output.format("https://{0}", self.address)
            certificate = _certificate(name, args, self.name)
            door = self._front_door(name, args, backend, listen, certificate, healthy)
            self.ready = door.applied
            self.authority = pulumi.Output.unsecret(certificate.apply(lambda issued: issued.authority))
        self.register_outputs({"address": self.address, "endpoint": self.endpoint})

    def _backend(self, name: str, args: RegistryArgs, listen: pulumi.Output[str]) -> RegistryBackend:
        parts = BackendArgs(args.proxy, args.store, args.users)
        if isinstance(args.settings, LegacySettings):
            return legacy_backend(parts, args.settings, listen if args.as_in_the_article else None)
        return modern_backend(name, parts, args.settings, self)

    def _front_door(
        self,
        name: str,
        args: RegistryArgs,
        backend: RegistryBackend,
        listen: pulumi.Output[str],
        certificate: pulumi.Output[Certificate],
        healthy: pulumi.Resource,
    ) -> FrontDoor:
        door = FrontDoorArgs(
            proxy=args.proxy,
            generation=backend.generation,
            listen=listen,
            port=args.port,
            backend_port=backend.port,
            certificate=certificate,
            health_path=backend.health_path,
            users=backend.asked,
            open_paths=backend.open_paths,
            storage=backend.storage_door,
            needs=[healthy],
        )
        return FrontDoor(f"{name}-door", door, pulumi.ResourceOptions(parent=self))

    def _run(self, name: str, args: RegistryArgs, backend: RegistryBackend) -> docker.Container:
        on_server = args.server.on_server(self, *backend.needs)
        on_server.provider = args.server.docker
        # pulumi-docker would call it an update and change nothing (measured with 5.2.0).
        on_server.replace_on_changes = ["healthcheck"]
        on_server.delete_before_replace = True
        shape = backend.container
        release = args.image.release
        return docker.Container(
            name,
            # The release ends the name: a container is deleted before it is replaced, so a swap is two
            # containers, never a replacement.
            name=f"registry-{release}",
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
            labels=[docker.ContainerLabelArgs(label="softlayer-registry.release", value=release)],
            destroy_grace_seconds=pulumi.Output.unsecret(shape.apply(lambda found: found.grace_seconds)),
            must_run=True,
            # The health step waits, and knows why it waits in vain.
            wait=False,
            opts=on_server,
        )


def _listen_address(args: RegistryArgs) -> pulumi.Output[str]:
    match args.access.listen:
        case "private":
            return args.server.private_ip
        case "public":
            return args.server.address
        case "loopback":
            return pulumi.Output.from_input("127.0.0.1")


def _certificate(name: str, args: RegistryArgs, known_as: RegistryName) -> pulumi.Output[Certificate]:
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
        made = pulumi.Output.all(args.store.root.value, known_as.address).apply(
            lambda found: issue(
                str(found[0]), f"{name}.registry", tuple(dict.fromkeys((str(found[1]), "127.0.0.1"))), names
            )
        )
    return pulumi.Output.secret(made)
