"""A registry's container as plain data: what `Registry` hands to Docker, whatever the generation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi_docker as docker

from components.secret_mark import fill


@dataclass(frozen=True)
class UploadedFile:
    """A file put into the container before it starts: root's, which the container's user reads and no more.

    Files and not environment for what is secret: `docker inspect` shows an environment. All in the container
    may read them, since Docker gives a file to another owner only where the server has an account of the
    container's user (`tarCopyOptions` of moby 20.10), and no other process is in it. On the server root alone
    gets there.

    Attributes:
        path: in the container.
        content: with marks in place of secrets.
        mode: in octal digits.
    """

    path: str
    content: str = field(repr=False)
    mode: str = "0444"


@dataclass(frozen=True)
class Mount:
    """A folder of the server inside the container."""

    source: str
    target: str
    read_only: bool


@dataclass(frozen=True)
class Confinement:
    """What keeps a container's processes to what they need.

    The root is not read-only: Docker copies no files into a container whose root is, and secrets come as
    files. Nothing in it can be written by the container's user, but for what `tmpfs` and mounts name and, in
    the legacy image, /tmp.

    Attributes:
        user: number of the user and of its only group; servers have no account of that number.
        processes: and threads that the user has at once, on the whole server.
        dropped_capabilities: in Docker's words.
        security_options: in Docker's words.
        tmpfs: options by folder, which lies in the memory of the container.
    """

    user: int
    processes: int
    dropped_capabilities: tuple[str, ...] = ("ALL",)
    security_options: tuple[str, ...] = ("no-new-privileges:true",)
    tmpfs: Mapping[str, str] = field(default_factory=dict)

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
        command: what it runs.
        environment: nothing in it is secret.
        files: put into it, with marks in place of secrets.
        mounts: folders of the server.
        health: includes the storage: an answer alone would be healthy with broken storage.
        port: published on the server; None where the container has the server's own network.
        grace_seconds: between the request to end and the kill.
        entrypoint: what comes before the command; none is the image's own.
        confinement: what its processes may not do; None is Docker's default, as root.
    """

    command: tuple[str, ...]
    environment: Mapping[str, str]
    files: tuple[UploadedFile, ...]
    mounts: tuple[Mount, ...]
    health: HealthCheck
    port: PublishedPort | None
    grace_seconds: int
    entrypoint: tuple[str, ...] = ()
    confinement: Confinement | None = None

    @property
    def envs(self) -> list[str]:
        """The environment as Docker takes it."""
        return [f"{name}={value}" for name, value in self.environment.items()]

    def uploads(self, secrets: Mapping[str, str]) -> list[docker.ContainerUploadArgs]:
        """The files as pulumi-docker takes them; secret.

        Args:
            secrets: by the names of their marks.
        """
        return [
            docker.ContainerUploadArgs(
                file=file.path,
                content=fill(file.content, secrets),
                permissions=file.mode,
            )
            for file in self.files
        ]

    @property
    def volumes(self) -> list[docker.ContainerVolumeArgs]:
        """The mounts as pulumi-docker takes them; Docker makes a folder that is missing."""
        return [
            docker.ContainerVolumeArgs(
                host_path=mount.source, container_path=mount.target, read_only=mount.read_only
            )
            for mount in self.mounts
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
    """
    minutes, rest = divmod(seconds, 60)
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"
