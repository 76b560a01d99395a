"""A registry's container as words of `docker create`, for where no Pulumi makes it."""

import base64
import io
import shlex
import tarfile
from collections.abc import Mapping

from components.container_recipe import ContainerRecipe
from components.registry_container import Confinement, ContainerShape, duration
from components.secret_mark import fill


def create_options(recipe: ContainerRecipe, release: str) -> list[str]:
    """Return the options that make the container which `RegistryColour` declares.

    Args:
        recipe: of the container.
        release: of the registry; becomes a label.

    Raises:
        ValueError: the health check is no command.
    """
    shape = recipe.shape
    kind, *test = shape.health.test
    if kind != "CMD":
        raise ValueError(f"the health check must be a command, got {kind}")
    options = [
        f"--restart={recipe.restart}",
        f"--memory={recipe.memory}m",
        f"--memory-swap={recipe.memory}m",
        f"--log-driver={recipe.log_driver}",
        *(f"--log-opt={name}={value}" for name, value in recipe.log_options.items()),
        f"--label=softlayer-registry.release={release}",
        f"--health-cmd={shlex.join(test)}",
        f"--health-interval={duration(shape.health.interval)}",
        f"--health-timeout={duration(shape.health.timeout)}",
        f"--health-start-period={duration(shape.health.start_period)}",
        f"--health-retries={shape.health.retries}",
        *(f"--entrypoint={word}" for word in shape.entrypoint[:1]),
        *(_confining(shape.confinement) if shape.confinement else []),
        *(f"--env={variable}" for variable in shape.envs),
        *(
            f"--volume={mount.source}:{mount.target}{':ro' if mount.read_only else ''}"
            for mount in shape.mounts
        ),
    ]
    if shape.port is None:
        options.append("--network=host")
    else:
        options.append(f"--publish={shape.port.address}:{shape.port.external}:{shape.port.internal}")
    return options


def _confining(confinement: Confinement) -> list[str]:
    return [
        f"--user={confinement.identity}",
        *(f"--cap-drop={name}" for name in confinement.dropped_capabilities),
        *(f"--security-opt={option}" for option in confinement.security_options),
        *(f"--tmpfs={folder}:{options}" for folder, options in confinement.tmpfs.items()),
        f"--ulimit=nproc={confinement.processes}",
    ]


def container_input(recipe: ContainerRecipe, secrets: Mapping[str, str], release: str) -> str:
    """Return what standby-container.sh reads: options, command, and the files as a tar in base64; secret.

    Args:
        recipe: of the container.
        secrets: by the names of their marks.
        release: of the registry.

    Raises:
        ValueError: an option or a word of the command is empty or has a line break.
    """
    options = create_options(recipe, release)
    # Docker takes one word as entrypoint; the others come before the command.
    command = [*recipe.shape.entrypoint[1:], *recipe.shape.command]
    if any("\n" in word or not word for word in (*options, *command)):
        raise ValueError("options and command of the container must be words without line breaks")
    files = base64.b64encode(_tar(recipe.shape, secrets)).decode()
    return "\n".join((*options, "", *command, "", files, ""))


def _tar(shape: ContainerShape, secrets: Mapping[str, str]) -> bytes:
    """The container's files; the same bytes for the same files."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for file in shape.files:
            content = fill(file.content, secrets).encode()
            member = tarfile.TarInfo(file.path.removeprefix("/"))
            member.size, member.mode = len(content), int(file.mode, 8)
            archive.addfile(member, io.BytesIO(content))
    return stream.getvalue()
