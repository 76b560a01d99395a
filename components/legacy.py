"""The legacy generation's container as data: the article's `docker run`, without a password to be seen.

The article passes OS_PASSWORD by `-e`, where `docker inspect` shows it to everybody who may ask Docker. Here
it goes into the container as a file of mode 0600, and the command reads it into the same variable: the
registry gets the article's settings by the article's names.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

CONTEXT = Path(__file__).parent / "images" / "legacy" / "registry-os"
"""The article's folder with its Dockerfile."""
IMAGE = "registry-swift:0.7.3"
"""What the article calls the image."""
BASE_IMAGE = "registry:0.7.3"
"""The Dockerfile's base."""

_HEALTH = Path(__file__).parent / "images" / "legacy" / "health"
_HEALTH_FILE = "/usr/local/bin/registry-health"
_PASSWORD_FILE = "/etc/docker-registry/os-password"  # noqa: S105 # where it is, not what
_INTERNAL_PORT = 5000


@dataclass(frozen=True)
class LegacyStorage:
    """Swift as the legacy registry sees it.

    Attributes:
        auth_url: v1 authentication URL.
        username: account and user, `SLOS1-1:SL1`.
        password: the user's key; secret.
        container: must exist: the driver does not make it.
    """

    auth_url: str
    username: str
    password: str
    container: str


@dataclass(frozen=True)
class UploadedFile:
    """A file put into the container before it starts; `mode` in octal digits, `secret` of the content."""

    path: str
    content: str
    mode: str
    secret: bool


@dataclass(frozen=True)
class HealthCheck:
    """Docker's health check.

    Attributes:
        test: `CMD` and its words.
        interval: between two, in Docker's notation; each writes, reads and removes one object in Swift.
        timeout: of one; Swift out of reach is retried by the driver for longer.
        start_period: in which failures do not count.
        retries: failures in a row that make it unhealthy.
    """

    test: tuple[str, ...]
    interval: str
    timeout: str
    start_period: str
    retries: int


@dataclass(frozen=True)
class LegacyContainer:
    """How the container is run.

    Attributes:
        environment: not secret.
        files: put into it.
        command: reads the password, then becomes the image's own command.
        health: healthy means that a value came back from Swift.
        internal_port: where it listens.
    """

    environment: Mapping[str, str]
    files: tuple[UploadedFile, ...]
    command: tuple[str, ...]
    health: HealthCheck
    internal_port: int


def legacy_container(storage: LegacyStorage, workers: int) -> LegacyContainer:
    """Return the container of the article for a storage.

    Args:
        storage: where everything is kept.
        workers: processes that serve, each with 35 MB and, whole, every layer that it is asked for.

    Raises:
        ValueError: the password has a line break or a zero byte, which a variable cannot carry unchanged.
    """
    if any(character in storage.password for character in "\n\r\0"):
        raise ValueError("the object storage's key has a line break or a zero byte; make a new key")
    return LegacyContainer(
        environment={
            "SETTINGS_FLAVOR": "swift",
            "OS_AUTH_URL": storage.auth_url,
            "OS_AUTH_VERSION": "1",
            "OS_USERNAME": storage.username,
            "OS_CONTAINER": storage.container,
            "GUNICORN_WORKERS": str(workers),
            # Not the article's: below it, python-swiftclient logs the tokens that it uses.
            "LOGLEVEL": "warning",
        },
        files=(
            UploadedFile(_PASSWORD_FILE, storage.password, "0600", secret=True),
            UploadedFile(_HEALTH_FILE, _HEALTH.read_text(), "0755", secret=False),
        ),
        command=(
            "/bin/sh",
            "-c",
            f"OS_PASSWORD=$(cat {_PASSWORD_FILE}) && export OS_PASSWORD && exec docker-registry",
        ),
        health=HealthCheck(
            test=("CMD", _HEALTH_FILE),
            interval="5s",
            timeout="15s",
            start_period="60s",
            retries=5,
        ),
        internal_port=_INTERNAL_PORT,
    )
