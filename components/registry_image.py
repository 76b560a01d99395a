"""RegistryImage: the registry's image, built on the server that runs it."""

from dataclasses import dataclass
from pathlib import Path

import pulumi
import pulumi_docker as docker
from pulumi_command import remote

from components.remote_script import remote_script
from components.server import Server
from components.storage_driver import StorageDriver

_CONTEXT = Path(__file__).parent / "images" / "modern"


@dataclass(frozen=True)
class RegistryImageArgs:
    """What the image is built from, and where.

    Attributes:
        server: builds it.
        storage_driver: must be settled first, since a change hides images.
        base_image: the Dockerfile's base.
        base_archive: a `docker save` archive of the base, or None to pull it.
        release: tags the image.
    """

    server: Server
    storage_driver: StorageDriver
    base_image: str
    base_archive: Path | None
    release: str

    def __post_init__(self) -> None:
        if self.base_archive is not None and not self.base_archive.is_file():
            raise FileNotFoundError(f"registryBaseArchive: {self.base_archive} does not exist")


class RegistryImage(pulumi.ComponentResource):
    """The image `registry-swift:RELEASE` on one server.

    Attributes:
        digest: the image's id, `sha256:` and 64 hexadecimal digits.
    """

    def __init__(
        self, name: str, args: RegistryImageArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("softlayer-registry:index:RegistryImage", name, {}, opts)
        ready: list[pulumi.Resource] = [args.storage_driver.applied]
        if args.base_archive is not None:
            ready.append(self._load_base(name, args, args.base_archive))
        on_server = args.server.on_server(self, *ready)
        on_server.provider = args.server.docker
        image = docker.RemoteImage(
            name,
            name=f"registry-swift:{args.release}",
            build=docker.RemoteImageBuildArgs(
                context=str(_CONTEXT),
                build_args={"BASE": args.base_image},
                # BuildKit would build on the operator's machine instead of the server (engine.md, measured).
                use_legacy_builder=True,
            ),
            triggers={"dockerfile": (_CONTEXT / "Dockerfile").read_text()},
            keep_locally=True,
            opts=on_server,
        )
        self.digest = image.image_id
        self.register_outputs({"digest": self.digest})

    def _load_base(self, name: str, args: RegistryImageArgs, archive: Path) -> remote.Command:
        # Not under /tmp, which may be memory.
        target = f"/var/tmp/{archive.name}"  # noqa: S108
        copied = remote.CopyToRemote(
            f"{name}-base",
            connection=args.server.connection,
            source=pulumi.FileAsset(str(archive)),
            remote_path=target,
            opts=args.server.on_server(self, args.server.engine),
        )
        return remote_script(
            f"{name}-base-load",
            "load-image.sh",
            target,
            args.base_image,
            connection=args.server.connection,
            opts=args.server.on_server(self, copied, args.storage_driver.applied),
        )
