"""A wait until a registry's container is healthy, which reports the reason where it does not become so."""

from dataclasses import dataclass, field

import pulumi
import pulumi_docker as docker
from pulumi_command import remote

from components.remote.script import remote_script
from components.server.server import Server
from components.storage.cos_bucket import CosBucket
from components.storage.object_store import ObjectStore
from components.storage.store import RegistryStore
from settings import FilesystemSettings

# Of the last questions to a storage that does not answer, after the wait.
_QUESTIONS_SECONDS = 120


@dataclass(frozen=True)
class StorageLogin:
    """Login by which a server checks why the storage does not work for a registry.

    Attributes:
        url: Swift's v1 authentication URL, or a bucket's endpoint; "" where no storage is probed.
        user: User of Swift, `SLOS1-1:SL1`; "" checks the URL alone, its reachability and clock.
        container: Container of the registry.
        key: Key of the user. Secret.

    Raises:
        ValueError: A value has a line break, which would shift the lines that the script reads.
    """

    url: str = ""
    user: str = ""
    container: str = ""
    key: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        for name in ("url", "user", "container", "key"):
            if any(end in getattr(self, name) for end in "\r\n"):
                raise ValueError(
                    f"the storage's {name} must have no line break; correct it in the stack file"
                )

    @property
    def lines(self) -> str:
        """Input of the script; secret."""
        return f"{self.url}\n{self.user}\n{self.container}\n{self.key}\n"


def storage_login(store: RegistryStore, generation: str) -> pulumi.Output[StorageLogin]:
    """The login that a generation of the registry uses, without the storage door between; secret."""
    match store.kind:
        case ObjectStore() as swift:
            container = swift.legacy_container if generation == "legacy" else swift.container
            values = pulumi.Output.all(swift.server_auth_url, swift.username, container.name, swift.key)
            return pulumi.Output.secret(values.apply(lambda resolved: StorageLogin(*map(str, resolved))))
        case CosBucket() as bucket:
            return pulumi.Output.from_input(bucket.endpoint).apply(StorageLogin)
        case FilesystemSettings():
            return pulumi.Output.from_input(StorageLogin())


def registry_health(
    name: str,
    server: Server,
    container: docker.Container,
    login: pulumi.Output[StorageLogin],
    seconds: int,
    parent: pulumi.Resource,
) -> remote.Command:
    """Wait until the container is healthy; whatever makes the registry reachable must depend on this.

    Docker's own wait would end in "container failed to be in healthy state", without a reason.

    Args:
        name: Name of the resource.
        server: Server that runs the container.
        container: The registry's container; a new one repeats the wait.
        login: Login of its storage.
        seconds: Time limit of the wait.
        parent: Parent of the resource: the registry.
    """
    return remote_script(
        name,
        "registry-health.sh",
        container.name,
        str(seconds),
        host=server.host,
        secret_input=login.apply(lambda storage: storage.lines),
        run_again_on=[container.id],
        timeout=seconds + _QUESTIONS_SECONDS,
        opts=server.on_server(parent, container),
    )
