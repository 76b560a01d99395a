"""The modern registry's container as plain data: what `Registry` hands to Docker."""

from collections.abc import Mapping
from dataclasses import dataclass

from components.registry_config import USERS_FOLDER, HttpSettings, configuration
from components.registry_storage import FilesystemStorage, RegistryStorage

CONFIGURATION = "/etc/docker/registry/config.yml"
# A registry drains for 60 s when it is told to end.
GRACE_SECONDS = 70


@dataclass(frozen=True)
class Mount:
    """A folder of the server inside the container."""

    source: str
    target: str
    read_only: bool


@dataclass(frozen=True)
class HealthCheck:
    """How Docker finds out whether the container does its work; times in seconds."""

    test: tuple[str, ...]
    interval: int
    timeout: int
    start_period: int
    retries: int


@dataclass(frozen=True)
class ModernContainer:
    """One container of distribution, 2.8 or 3.

    Attributes:
        command: follows the image's entry point, `registry`.
        environment: nothing in it is secret.
        files: path -> content, put into the container with mode 0600; secret.
        mounts: folders of the server.
        health: includes the storage: `/v2/` alone would be healthy with broken storage.
        network_mode: the server's own network, since doors and registry meet on its loopback.
        grace_seconds: between the request to end and the kill.
    """

    command: tuple[str, ...]
    environment: Mapping[str, str]
    files: Mapping[str, str]
    mounts: tuple[Mount, ...]
    health: HealthCheck
    network_mode: str = "host"
    grace_seconds: int = GRACE_SECONDS


def modern_container(storage: RegistryStorage, http: HttpSettings, users: str) -> ModernContainer:
    """Describe the container.

    Args:
        storage: where the registry keeps everything.
        http: how it is reached.
        users: folder of the server that holds `htpasswd`.
    """
    mounts = [Mount(users, USERS_FOLDER, read_only=True)]
    if isinstance(storage, FilesystemStorage):
        mounts.append(Mount(storage.folder, storage.folder, read_only=False))
    return ModernContainer(
        command=("serve", CONFIGURATION),
        # Version 3 sends traces to a collector on the loopback unless it is told not to.
        environment={"OTEL_TRACES_EXPORTER": "none"},
        files={CONFIGURATION: configuration(storage, http)},
        mounts=tuple(mounts),
        health=health_check(http.debug_address),
    )


def health_check(debug_address: str) -> HealthCheck:
    """Ask the debug server, which answers 503 once the storage failed three times in a row."""
    return HealthCheck(
        test=("CMD", "wget", "-q", "-O", "/dev/null", f"http://{debug_address}/debug/health"),
        interval=2,
        timeout=10,
        start_period=60,
        retries=5,
    )
