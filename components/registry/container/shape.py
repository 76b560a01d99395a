"""A registry's container as plain data: what `Registry` hands to Docker, whatever the generation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi_docker as docker


@dataclass(frozen=True)
class ContainerFile:
    """A file that is mounted into the container: root's, which the container's user reads and no more.

    Files and not environment for what is secret: `docker inspect` shows an environment. All in the container
    may read them, and no other process is in it. On the server they lie in a folder that root alone can list.

    Attributes:
        path: Path in the container.
        content: Content with marks in place of secrets.
        mode: Mode in octal digits.
    """

    path: str
    content: str = field(repr=False)
    mode: str = "0444"


@dataclass(frozen=True)
class Mount:
    """A folder or file of the server inside the container."""

    source: str
    target: str
    read_only: bool


@dataclass(frozen=True)
class Confinement:
    """What keeps a container's processes to what they need.

    Attributes:
        user: Number of the user and of its only group; servers have no account of that number.
        processes: Processes and threads that the user may have at once, on the whole server.
        dropped_capabilities: Capabilities that the container does without, in Docker's words.
        security_options: Security options in Docker's words.
        tmpfs: Options by folder, which is in the memory of the container.
        read_only: Whether nothing can be written but what `tmpfs` and mounts name.
    """

    user: int
    processes: int
    dropped_capabilities: tuple[str, ...] = ("ALL",)
    security_options: tuple[str, ...] = ("no-new-privileges:true",)
    tmpfs: Mapping[str, str] = field(default_factory=dict)
    read_only: bool = True

    @property
    def identity(self) -> str:
        """User and group as Docker takes them."""
        return f"{self.user}:{self.user}"


@dataclass(frozen=True)
class HealthCheck:
    """How Docker finds out whether the container does its work; times in seconds."""

    test: tuple[str, ...]
    interval: int
    timeout: int
    start_period: int
    retries: int


@dataclass(frozen=True)
class PublishedPort:
    """A port of the container at an address of the server."""

    internal: int
    address: str
    external: int


@dataclass(frozen=True)
class ContainerShape:
    """One registry's container.

    Attributes:
        command: Command that the container runs.
        environment: Environment of the command, without secrets.
        files: Mounted into it, with marks in place of secrets.
        mounts: Folders of the server.
        health: Health check. It includes the storage, since a registry answers with broken storage too.
        port: Published on the server; None where the container has the server's own network.
        grace_seconds: Seconds between the request to end and the kill.
        entrypoint: Words before the command; none is the image's own.
        confinement: What its processes may not do; None is Docker's default, as root.
        scratch_folders: Folders that its processes may fill, on Docker's disk, each deleted with the
            container.
    """

    command: tuple[str, ...]
    environment: Mapping[str, str]
    files: tuple[ContainerFile, ...]
    mounts: tuple[Mount, ...]
    health: HealthCheck
    port: PublishedPort | None
    grace_seconds: int
    entrypoint: tuple[str, ...] = ()
    confinement: Confinement | None = None
    scratch_folders: tuple[str, ...] = ()

    @property
    def envs(self) -> list[str]:
        """The environment as Docker takes it."""
        return [f"{name}={value}" for name, value in self.environment.items()]

    def all_mounts(self, files: str) -> tuple[Mount, ...]:
        """The mounts, those of the files among them.

        Args:
            files: Folder of the server with the files.
        """
        return (
            *self.mounts,
            *(Mount(f"{files}{file.path}", file.path, read_only=True) for file in self.files),
        )

    def volumes(self, files: str) -> list[docker.ContainerVolumeArgs]:
        """The mounts as pulumi-docker takes them; Docker makes a folder that is missing.

        Args:
            files: Folder of the server with the files.
        """
        return [
            *(
                docker.ContainerVolumeArgs(
                    host_path=mount.source, container_path=mount.target, read_only=mount.read_only
                )
                for mount in self.all_mounts(files)
            ),
            *(docker.ContainerVolumeArgs(container_path=folder) for folder in self.scratch_folders),
        ]

    @property
    def ports(self) -> Sequence[docker.ContainerPortArgs]:
        """The published port as pulumi-docker takes it."""
        if self.port is None:
            return []
        published = docker.ContainerPortArgs(
            internal=self.port.internal, external=self.port.external, ip=self.port.address
        )
        return [published]

    @property
    def healthcheck(self) -> docker.ContainerHealthcheckArgs:
        """The health check as pulumi-docker takes it."""
        return docker.ContainerHealthcheckArgs(
            tests=list(self.health.test),
            interval=duration(self.health.interval),
            timeout=duration(self.health.timeout),
            start_period=duration(self.health.start_period),
            retries=self.health.retries,
        )


def duration(seconds: int) -> str:
    """Return a time as Go writes it and Docker gives it back: `5s`, `1m0s`, below an hour.

    In another form it would seem changed at every update.

    Args:
        seconds: The time, in whole seconds.
    """
    minutes, rest = divmod(seconds, 60)
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"
