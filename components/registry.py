"""Registry: the registry's container on one server."""

from dataclasses import dataclass

import pulumi
import pulumi_docker as docker

from components.certificate import Certificate, issue
from components.object_store import ObjectStore
from components.registry_config import configuration, htpasswd
from components.registry_image import RegistryImage
from components.server import Server
from settings import AccessSettings

_FOLDER = "/etc/docker/registry"
_WAIT_SECONDS = 120


@dataclass(frozen=True)
class RegistryArgs:
    """What a registry needs.

    Attributes:
        server: runs it.
        image: what it runs.
        store: where it keeps everything.
        access: address, port, first user.
        memory: limit in MB.
        password: of the first user; secret.
        release: ends the container's name: a container is deleted before it is replaced, so a swap is two
            containers, never a replacement.
    """

    server: Server
    image: RegistryImage
    store: ObjectStore
    access: AccessSettings
    memory: int
    password: pulumi.Output[str]
    release: str


class Registry(pulumi.ComponentResource):
    """A registry that answered its health check, storage included.

    Attributes:
        address: `HOST:PORT` for Docker.
        endpoint: `https://HOST:PORT`.
        authority: PEM of the certificate authority that clients must trust.
        container: depend on it before using the registry.
    """

    def __init__(self, name: str, args: RegistryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("softlayer-registry:index:Registry", name, {}, opts)
        listen = self._listen_address(args)
        certificate = pulumi.Output.all(args.store.root_secret, listen).apply(
            lambda found: issue(
                str(found[0]), f"{name}.registry", tuple(dict.fromkeys((found[1], "127.0.0.1")))
            )
        )
        self.container = self._run(name, args, listen, certificate)
        self.address = pulumi.Output.format("{0}:{1}", listen, args.access.port)
        self.endpoint = pulumi.Output.format("https://{0}", self.address)
        self.authority = pulumi.Output.unsecret(certificate.apply(lambda issued: issued.authority))
        self.register_outputs({"address": self.address, "endpoint": self.endpoint})

    @staticmethod
    def _listen_address(args: RegistryArgs) -> pulumi.Output[str]:
        match args.access.listen:
            case "private":
                return args.server.private_ip
            case "public":
                return args.server.address
            case "loopback":
                return pulumi.Output.from_input("127.0.0.1")

    @staticmethod
    def _files(args: RegistryArgs, certificate: pulumi.Output[Certificate]) -> dict[str, pulumi.Output[str]]:
        http_secret = args.store.secret("http.secret")
        return {
            "config.yml": pulumi.Output.all(args.store.storage, http_secret).apply(
                lambda found: configuration(found[0], str(found[1]))
            ),
            "htpasswd": pulumi.Output.all(args.password, args.store.root_secret).apply(
                lambda found: htpasswd(args.access.user, str(found[0]), str(found[1]))
            ),
            "tls.crt": certificate.apply(lambda issued: issued.certificate),
            "tls.key": certificate.apply(lambda issued: issued.private_key),
        }

    def _run(
        self,
        name: str,
        args: RegistryArgs,
        listen: pulumi.Output[str],
        certificate: pulumi.Output[Certificate],
    ) -> docker.Container:
        on_server = args.server.on_server(self)
        on_server.provider = args.server.docker
        return docker.Container(
            name,
            name=f"registry-{args.release}",
            image=args.image.digest,
            # Files put in the container, not environment: `docker inspect` shows an environment.
            uploads=[
                docker.ContainerUploadArgs(
                    file=f"{_FOLDER}/{file}", content=pulumi.Output.secret(content), permissions="0600"
                )
                for file, content in self._files(args, certificate).items()
            ],
            ports=[docker.ContainerPortArgs(internal=5000, external=args.access.port, ip=listen)],
            restart="unless-stopped",
            memory=args.memory,
            memory_swap=args.memory,
            log_driver="json-file",
            log_opts={"max-size": "10m", "max-file": "3"},
            labels=[docker.ContainerLabelArgs(label="softlayer-registry.release", value=args.release)],
            destroy_grace_seconds=70,
            must_run=True,
            wait=True,
            wait_timeout=_WAIT_SECONDS,
            opts=on_server,
        )
