"""The modern registry's container as plain data: what `Registry` hands to Docker."""

from dataclasses import dataclass

from components.access.door_credential import HTPASSWD
from components.access.secret_mark import mark
from components.registry.config import HTPASSWD_FILE, HttpSettings, configuration
from components.registry.container.shape import Confinement, ContainerFile, ContainerShape, HealthCheck, Mount
from components.registry.processes import REQUIRE_LOG, SUPERVISOR, SUPERVISOR_FILE
from components.storage.drivers import FilesystemStorage, RegistryStorage
from components.storage.registry_user import USER
from settings import ContentPolicy, ModernCapacity

CONFIGURATION = "/etc/docker/registry/config.yml"
PULLS_CONFIGURATION = "/etc/docker/registry/pulls.yml"
# A registry drains for 60 s when it is stopped.
GRACE_SECONDS = 70
# Choice: Go's threads; an upload or a pull has one while a file is written. Generous: the kernel counts
# what the user has in all containers on one machine.
_PROCESSES_BESIDE, _COLOURS = 4096, 2
_TMPFS = {"/tmp": "rw,noexec,nosuid,nodev,size=16m"}  # noqa: S108 # a folder of the container


@dataclass(frozen=True)
class ModernProcesses:
    """The two processes of one registry, on one storage.

    Attributes:
        registry: Settings of the process that serves everything but pulls of blobs.
        pulls: Settings of the process that serves pulls, which remembers which blobs exist.
        content: Policy of what both accept and list.
        capacity: Number of requests that are served at once; each process gets its share of the memory.
    """

    registry: HttpSettings
    pulls: HttpSettings
    content: ContentPolicy
    capacity: ModernCapacity


def modern_container(storage: RegistryStorage, processes: ModernProcesses) -> ContainerShape:
    """Describe the container.

    Args:
        storage: Storage where the registry keeps everything.
        processes: Processes that run in it.
    """
    folders = [storage.folder] if isinstance(storage, FilesystemStorage) else []
    content, capacity = processes.content, processes.capacity
    return ContainerShape(
        entrypoint=SUPERVISOR,
        command=(
            _serve(CONFIGURATION, capacity.heap_limit("uploads")),
            _serve(PULLS_CONFIGURATION, capacity.heap_limit("pulls")),
        ),
        # Version 3 sends traces to a collector on the loopback unless that is switched off.
        environment={"OTEL_TRACES_EXPORTER": "none"},
        files=(
            ContainerFile(CONFIGURATION, configuration(storage, processes.registry, content)),
            ContainerFile(
                PULLS_CONFIGURATION, configuration(storage, processes.pulls, content, pulls_only=True)
            ),
            ContainerFile(HTPASSWD_FILE, mark(HTPASSWD)),
            SUPERVISOR_FILE,
        ),
        mounts=tuple(Mount(folder, folder, read_only=False) for folder in folders),
        health=health_check(processes.registry, processes.pulls),
        # The server's own network: doors and registry meet on its loopback.
        port=None,
        grace_seconds=GRACE_SECONDS,
        confinement=Confinement(USER, _processes(capacity), tmpfs=_TMPFS),
    )


def _serve(configuration_file: str, heap_limit: str) -> str:
    return f"GOMEMLIMIT={heap_limit} exec registry serve {configuration_file}"


def _processes(capacity: ModernCapacity) -> int:
    return _PROCESSES_BESIDE + _COLOURS * (capacity.uploads + capacity.pulls)


def health_check(*processes: HttpSettings) -> HealthCheck:
    """Ask each process, and its debug server, which answers 503 once the storage failed three times in a row.

    The debug server alone answers 200 before the registry has found its storage (measured with one that
    hangs); the registry listens only afterwards.
    Docker alone is told of a log that it does not take, HAProxy is not: clients are served meanwhile.
    """
    addresses = [f"http://{process.address}/" for process in processes]
    questions = [*addresses, *(f"http://{process.debug_address}/debug/health" for process in processes)]
    return HealthCheck(
        test=("CMD", "/bin/sh", "-c", f'{REQUIRE_LOG}; exec wget -q -O /dev/null "$@"', "health", *questions),
        interval=2,
        timeout=10,
        start_period=60,
        retries=5,
    )
