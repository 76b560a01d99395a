"""The modern registry's container as plain data: what `Registry` hands to Docker."""

from components.registry_config import USERS_FOLDER, HttpSettings, configuration
from components.registry_container import ContainerShape, HealthCheck, Mount, UploadedFile
from components.registry_storage import FilesystemStorage, RegistryStorage
from settings import ContentPolicy

CONFIGURATION = "/etc/docker/registry/config.yml"
# A registry drains for 60 s when it is told to end.
GRACE_SECONDS = 70


def modern_container(
    storage: RegistryStorage, http: HttpSettings, content: ContentPolicy, users: str
) -> ContainerShape:
    """Describe the container.

    Args:
        storage: where the registry keeps everything.
        http: how it is reached.
        content: what it takes and lists.
        users: folder of the server that holds `htpasswd`.
    """
    mounts = [Mount(users, USERS_FOLDER, read_only=True)]
    if isinstance(storage, FilesystemStorage):
        mounts.append(Mount(storage.folder, storage.folder, read_only=False))
    return ContainerShape(
        command=("serve", CONFIGURATION),
        # Version 3 sends traces to a collector on the loopback unless it is told not to.
        environment={"OTEL_TRACES_EXPORTER": "none"},
        files=(UploadedFile(CONFIGURATION, configuration(storage, http, content)),),
        mounts=tuple(mounts),
        health=health_check(http.address, http.debug_address),
        # The server's own network: doors and registry meet on its loopback.
        port=None,
        grace_seconds=GRACE_SECONDS,
    )


def health_check(address: str, debug_address: str) -> HealthCheck:
    """Ask the registry, and the debug server, which answers 503 once the storage failed three times in a row.

    The debug server alone answers 200 before the registry has found its storage (measured with one that
    hangs); the registry listens only afterwards.
    """
    return HealthCheck(
        test=(
            "CMD",
            "wget",
            "-q",
            "-O",
            "/dev/null",
            f"http://{address}/",
            f"http://{debug_address}/debug/health",
        ),
        interval=2,
        timeout=10,
        start_period=60,
        retries=5,
    )
