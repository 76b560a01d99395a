"""Waits until a registry's container is healthy, and tells why where it is not."""

from dataclasses import dataclass, field

import pulumi
import pulumi_docker as docker
from pulumi_command import remote

from components.cos_bucket import CosBucket
from components.object_store import ObjectStore
from components.registry_store import RegistryStore
from components.remote_script import remote_script
from components.server import Server
from settings import FilesystemSettings

# Of the last questions to a storage that does not answer, after the wait.
_QUESTIONS_SECONDS = 120


@dataclass(frozen=True)
class StorageLogin:
    """How a server asks the storage why a registry does not work with it.

    Attributes:
        url: Swift's v1 authentication URL, or a bucket's endpoint; "" where there is no storage to ask.
        user: of Swift, `SLOS1-1:SL1`; "" asks for the URL alone, reachability and clock.
        container: the registry's.
        key: the user's; secret.

    Raises:
        ValueError: a value with a line break, which would shift the lines that the script reads.
    """

    url: str = ""
    user: str = ""
    container: str = ""
    key: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        for name in ("url", "user", "container", "key"):
            if any(end in getattr(self, name) for end in "\r\n"):
                raise ValueError(f"the storage's {name} has a line break; correct it")

    @property
    def lines(self) -> str:
        """What the script reads; secret."""
        return f"{self.url}\n{self.user}\n{self.container}\n{self.key}\n"


def storage_login(store: RegistryStore, generation: str) -> pulumi.Output[StorageLogin]:
    """The login that a generation of the registry uses, without the storage door between; secret."""
    match store.kind:
        case ObjectStore() as swift:
            kept = swift.legacy_container if generation == "legacy" else swift.container
            values = pulumi.Output.all(swift.server_auth_url, swift.username, kept.name, swift.key)
            return pulumi.Output.secret(values.apply(lambda found: StorageLogin(*map(str, found))))
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
    """Declare the wait; nothing that makes the registry reachable may come before it.

    Docker's own wait would end in "container failed to be in healthy state" and no reason.

    Args:
        name: of the resource.
        server: runs the container.
        container: the registry's; a new one is waited for anew.
        login: its storage's.
        seconds: for which it is waited for.
        parent: the registry.
    """
    return remote_script(
        name,
        "registry-health.sh",
        container.name,
        str(seconds),
        host=server.host,
        secret_input=login.apply(lambda found: found.lines),
        run_again_on=[container.id],
        timeout=seconds + _QUESTIONS_SECONDS,
        opts=server.on_server(parent, container),
    )
