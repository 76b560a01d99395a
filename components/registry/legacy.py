"""The legacy generation's container as data: the article's `docker run`, without a password to be seen.

The article passes OS_PASSWORD by `-e`, where `docker inspect` shows it to all users of Docker. Here
it goes into the container as a file of mode 0444, and the command reads it into the same variable: the
registry gets the article's settings by the article's names.
"""

from pathlib import Path

from components.registry.container.shape import (
    Confinement,
    ContainerFile,
    ContainerShape,
    HealthCheck,
    PublishedPort,
)
from components.registry.processes import SUPERVISOR, SUPERVISOR_FILE
from components.storage.legacy_storage import LegacyStorage

CONTEXT = Path(__file__).resolve().parents[1] / "images" / "legacy" / "registry-os"
"""The article's folder with its Dockerfile."""
IMAGE = "registry-swift:0.7.3"
"""What the article calls the image."""
BASE_IMAGE = "registry:0.7.3"
"""The Dockerfile's base."""
BASE_MB = 448
"""MB that it takes where it is pulled (choice): Docker Hub's was not measured, the one made here has 135."""

USER = 15001
"""Number of the registry's user (choice), another one than the modern registry's."""
# Choice: far above 64 workers in two colours, since the kernel counts all containers on one machine.
_PROCESS_LIMIT = 4096

_HEALTH = Path(__file__).resolve().parents[1] / "images" / "legacy" / "health"
_HEALTH_FILE = "/usr/local/bin/registry-health"
_DRIVER = _HEALTH.with_name("sitecustomize")
# Python imports what has this name; the folder has nothing else.
_DRIVER_FILE = "/usr/local/lib/registry-driver/sitecustomize.py"
_PASSWORD_FILE = "/etc/docker-registry/os-password"  # noqa: S105 # where it is, not what
_INTERNAL_PORT = 5000
# gunicorn would wait an hour for its requests (docker-registry 0.7.3, GUNICORN_GRACEFUL_TIMEOUT); a choice.
_GRACE_SECONDS = 70


def check_password(password: str) -> None:
    """Refuse a password that a variable cannot carry unchanged.

    Raises:
        ValueError: The password has a line break or a zero byte.
    """
    if any(character in password for character in "\n\r\0"):
        raise ValueError("the object storage's key has a line break or a zero byte; make a new key")


def legacy_container(
    storage: LegacyStorage, workers: int, address: str = "127.0.0.1", port: int = _INTERNAL_PORT
) -> ContainerShape:
    """Return the container of the article for a storage.

    Its command reads the password, then becomes the image's own, under a supervisor that passes on its log.

    Args:
        storage: Storage where everything is kept.
        workers: Processes that serve, each with 35 MB.
        address: Address of the server, at which the registry is published; the article's by default.
        port: TCP port at that address.

    Raises:
        ValueError: The password has a line break or a zero byte, which a variable cannot carry unchanged.
    """
    check_password(storage.password)
    return ContainerShape(
        environment={
            "SETTINGS_FLAVOR": "swift",
            "OS_AUTH_URL": storage.auth_url,
            "OS_AUTH_VERSION": "1",
            "OS_USERNAME": storage.username,
            "OS_CONTAINER": storage.container,
            "GUNICORN_WORKERS": str(workers),
            # Not the article's: below it, python-swiftclient logs the tokens that it uses.
            "LOGLEVEL": "warning",
            "PYTHONPATH": str(Path(_DRIVER_FILE).parent),
        },
        files=(
            ContainerFile(_PASSWORD_FILE, storage.password),
            ContainerFile(_HEALTH_FILE, _HEALTH.read_text(), "0555"),
            ContainerFile(_DRIVER_FILE, _DRIVER.read_text()),
            SUPERVISOR_FILE,
        ),
        command=(
            *SUPERVISOR,
            f"OS_PASSWORD=$(cat {_PASSWORD_FILE}) && export OS_PASSWORD && exec docker-registry",
        ),
        health=HealthCheck(
            test=("CMD", _HEALTH_FILE),
            # Each writes, reads and removes one object in Swift; out of reach, it is
            # retried by the driver for longer.
            interval=5,
            timeout=15,
            start_period=60,
            retries=5,
        ),
        # No memory for /tmp: a layer lies there, whole, while its checksum is computed.
        mounts=(),
        scratch_folders=("/tmp",),  # noqa: S108 # a folder of the container
        port=PublishedPort(_INTERNAL_PORT, address, port),
        grace_seconds=_GRACE_SECONDS,
        confinement=Confinement(USER, _PROCESS_LIMIT),
    )
