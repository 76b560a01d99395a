"""RegistryImage: a registry's image, built on the server that runs it, or may have to."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pulumi
import pulumi_docker as docker
from pulumi_command import remote

from components.refused_setting import RefusedSettingError
from components.registry import legacy
from components.registry.container.recipe import ImageSource
from components.remote.program_folder import content_digest, place_by_content, place_in_program
from components.remote.script import remote_script
from components.server.disk_space import DiskSpace, check_disk_space
from components.server.server import Server
from components.server.storage_driver import StorageDriver
from settings import LegacySettings, ModernSettings

_ARCHIVES = "/var/lib/registry-images"
"""Folder of the server that docker-engine.sh makes for root alone.

Elsewhere, another user of the server could put a link where an archive is going to be copied."""
_LAYERS_MB = 64
"""Free MB for the layers that a Dockerfile adds to its base, and for Docker's own records (choice)."""
_MODERN_CONTEXT = Path(__file__).resolve().parents[1] / "images" / "modern"


@dataclass(frozen=True)
class ImageRecipe:
    """What an image is built from.

    Attributes:
        repository: The image's name before the colon.
        release: Name of the release that the image is named after.
        context: Folder with the Dockerfile.
        base_image: The Dockerfile's base.
        base_archive: A `docker save` archive of the base, or None to pull it.
        build_args: Arguments to be filled into the Dockerfile.
        pulled_mb: MB that the base takes where it is pulled; the modern ones have 26 and 55 (measured).

    Raises:
        RefusedSettingError: The archive does not exist.
    """

    repository: str
    release: str
    context: Path
    base_image: str
    base_archive: Path | None
    build_args: Mapping[str, str] = field(default_factory=dict)
    pulled_mb: int = 64

    def __post_init__(self) -> None:
        if self.base_archive is not None and not self.base_archive.is_file():
            raise RefusedSettingError(
                f"the archive of {self.base_image}: there is no file {self.base_archive}"
            )

    @property
    def name(self) -> str:
        """The image's whole name."""
        return f"{self.repository}:{self.release}"

    @property
    def required_space(self) -> DiskSpace:
        """What must be free to build it: an archive is copied, then unpacked beside itself."""
        if self.base_archive is None:
            return DiskSpace(self.pulled_mb + _LAYERS_MB)
        archive_mb = -(-self.base_archive.stat().st_size // 1024**2)
        return DiskSpace(2 * archive_mb + _LAYERS_MB, _ARCHIVES, archive_mb)

    @property
    def source(self) -> ImageSource:
        """The same by content, wherever the files lie."""
        files = sorted(file for file in self.context.rglob("*") if file.is_file())
        return ImageSource(
            self.name,
            self.base_image,
            content_digest(self.base_archive) if self.base_archive is not None else "",
            self.build_args,
            {file.relative_to(self.context).as_posix(): content_digest(file) for file in files},
        )


def modern_recipe(settings: ModernSettings) -> ImageRecipe:
    """Distribution of the version that the settings name; another base than the usual one ends its name."""
    base_digest = hashlib.sha256(settings.base_image.encode()).hexdigest()[:8]
    return ImageRecipe(
        repository="registry-modern",
        release=settings.version if settings.has_usual_base else f"{settings.version}-{base_digest}",
        context=_MODERN_CONTEXT,
        base_image=settings.base_image,
        base_archive=settings.base_archive,
        build_args={"BASE": settings.base_image},
    )


def legacy_recipe(settings: LegacySettings) -> ImageRecipe:
    """The article's image by the article's Dockerfile and name."""
    repository, _, release = legacy.IMAGE.partition(":")
    return ImageRecipe(
        repository,
        release,
        legacy.CONTEXT,
        legacy.BASE_IMAGE,
        settings.base_archive,
        pulled_mb=legacy.BASE_MB,
    )


@dataclass(frozen=True)
class RegistryImageArgs:
    """What is built, where, and after which storage driver is settled, since a change hides images."""

    server: Server
    storage_driver: StorageDriver
    recipe: ImageRecipe


class RegistryImage(pulumi.ComponentResource):
    """A registry's image on one server.

    Attributes:
        name: Name of the image.
        release: End of its name, which has the version, for example.
        source: Source that it is built from.
        token: Text that changes whenever a standby's image has to be built again.
        digest: The image's id, `sha256:` and 64 hexadecimal digits.
    """

    def __init__(
        self, name: str, args: RegistryImageArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("softlayer-registry:index:RegistryImage", name, {}, opts)
        recipe = args.recipe
        self.name, self.release, self.source = recipe.name, recipe.release, recipe.source
        self.token = args.server.image_token(recipe.name)
        space_check = self._check_space(name, args)
        ready: list[pulumi.Resource] = [args.storage_driver.applied, space_check]
        if recipe.base_archive is not None:
            ready.append(self._load_base(name, args, recipe.base_archive, space_check))
        on_server = args.server.on_server(self, *ready)
        on_server.provider = args.server.builder.docker
        image = docker.RemoteImage(
            name,
            name=recipe.name,
            build=docker.RemoteImageBuildArgs(
                context=place_in_program(recipe.context),
                build_args=recipe.build_args,
                # BuildKit would build on the operator's machine instead of the server (engine.md, measured).
                use_legacy_builder=True,
            ),
            # Built by a stand-in, it is built again once the server answers.
            triggers={
                "source": self.source.digest,
                "server": args.server.builder.server,
                "installation": args.server.builder.host.installation,
                "token": self.token,
            },
            keep_locally=True,
            # Nothing is removed from the server; pulumi-docker would log in there for that (5.2.0, read).
            opts=pulumi.ResourceOptions.merge(on_server, pulumi.ResourceOptions(retain_on_delete=True)),
        )
        self.digest = image.image_id
        self.register_outputs({"digest": self.digest})

    def _check_space(self, name: str, args: RegistryImageArgs) -> remote.Command:
        """Check the disks of the server that builds, whenever the image is to be built again."""
        builder = args.server.builder
        return check_disk_space(
            f"{name}-disk-space",
            builder.host,
            builder.server,
            args.recipe.required_space,
            pulumi.Output.all(self.source.digest, builder.server, self.token),
            args.server.on_server(self, args.server.engine, args.storage_driver.applied),
        )

    def _load_base(
        self, name: str, args: RegistryImageArgs, archive: Path, space_check: pulumi.Resource
    ) -> remote.Command:
        place, builder = place_by_content(archive), args.server.builder
        target = f"{_ARCHIVES}/{name}-{Path(place).name}"
        copied = remote.CopyToRemote(
            f"{name}-base",
            connection=builder.host.connection,
            source=pulumi.FileAsset(place),
            remote_path=target,
            triggers=[builder.host.installation, self.token],
            opts=args.server.on_server(self, space_check),
        )
        return remote_script(
            f"{name}-base-load",
            "load-image.sh",
            target,
            args.recipe.base_image,
            host=builder.host,
            # The image of a standby that was pruned has lost its base, too.
            run_again_on=[self.token],
            opts=args.server.on_server(self, copied, args.storage_driver.applied),
        )
