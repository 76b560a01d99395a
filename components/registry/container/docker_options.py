"""A registry's container as words of `docker create`, for where no Pulumi makes it."""

import shlex

from components.registry.container.recipe import ContainerRecipe
from components.registry.container.shape import Confinement, duration


def create_options(recipe: ContainerRecipe, release: str, files: str) -> list[str]:
    """Return the options that make the container which `RegistryColour` declares.

    Args:
        recipe: Recipe of the container.
        release: Name of the registry's release, which becomes a label.
        files: Folder of the server with the container's files.

    Raises:
        ValueError: The health check is no command.
    """
    shape = recipe.shape
    kind, *test = shape.health.test
    if kind != "CMD":
        raise ValueError(f"the health check must be a command, got {kind}")
    options = [
        f"--restart={recipe.restart}",
        f"--memory={recipe.memory}m",
        f"--memory-swap={recipe.memory_and_swap}m",
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
            for mount in shape.all_mounts(files)
        ),
        *(f"--volume={folder}" for folder in shape.scratch_folders),
    ]
    if shape.port is None:
        options.append("--network=host")
    else:
        options.append(f"--publish={shape.port.address}:{shape.port.external}:{shape.port.internal}")
    return options


def _confining(confinement: Confinement) -> list[str]:
    return [
        *(["--read-only"] if confinement.read_only else []),
        f"--user={confinement.identity}",
        *(f"--cap-drop={name}" for name in confinement.dropped_capabilities),
        *(f"--security-opt={option}" for option in confinement.security_options),
        *(f"--tmpfs={folder}:{options}" for folder, options in confinement.tmpfs.items()),
        f"--ulimit=nproc={confinement.processes}",
    ]


def container_input(recipe: ContainerRecipe, release: str, files: str) -> str:
    """Return what standby-container.sh reads: options and command.

    Args:
        recipe: Recipe of the container.
        release: Name of the registry's release.
        files: Folder of the server with the container's files.

    Raises:
        ValueError: An option or a word of the command is empty or has a line break.
    """
    options = create_options(recipe, release, files)
    # Docker takes one word as entrypoint; the others come before the command.
    command = [*recipe.shape.entrypoint[1:], *recipe.shape.command]
    if any("\n" in word or not word for word in (*options, *command)):
        raise ValueError("options and command of the container must be words without line breaks")
    return "\n".join((*options, "", *command, ""))
