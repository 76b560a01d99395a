"""The backends of a registry's front door on one server, by generation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components.access.secret_mark import mark
from components.proxy.colour_ports import ColourPorts
from components.proxy.front_door import BasicAuthUsers
from components.proxy.queues import DoorQueue, legacy_queues, modern_queues
from components.proxy.storage_proxy import StorageDoor
from components.registry.config import HttpSettings
from components.registry.container.shape import ContainerShape
from components.registry.legacy import check_password, legacy_container
from components.registry.modern import ModernProcesses, modern_container
from components.registry.registry_host import RegistryHost
from components.storage.object_store import KEY
from components.storage.store import HTTP_SECRET, RegistryStore
from settings import LegacySettings, ModernSettings, Role


@dataclass(frozen=True)
class RegistryBackend:
    """One generation of one colour on one server.

    Attributes:
        container: The container to run, with marks in place of secrets.
        secrets: Secrets by the names of their marks; secret as a whole.
        port: Port of the registry on the server's loopback, plain HTTP.
        queues: Queues at the front door.
        depends_on: Resources that must exist before.
    """

    container: pulumi.Output[ContainerShape]
    secrets: pulumi.Output[dict[str, str]]
    port: int
    queues: Sequence[DoorQueue]
    depends_on: Sequence[pulumi.Resource] = ()


@dataclass(frozen=True)
class ProxyPolicy:
    """How a front door treats a generation.

    Attributes:
        health_path: Path that answers 200 without credentials while the registry lives.
        users: Users whom the front door authenticates.
        prefixes: Prefixes of its paths.
        open_paths: Paths that need no credentials.
        single_requests: Whether a connection to it carries one request, since it may misread where one ends.
        storage: Door whose temporary URLs the registry sends; None where it sends none.
    """

    health_path: str
    users: BasicAuthUsers
    prefixes: tuple[str, ...]
    open_paths: tuple[str, ...]
    single_requests: bool
    storage: StorageDoor | None


def choose_proxy_policy(
    generation: str,
    users: pulumi.Output[dict[str, str]],
    roles: Mapping[str, Role],
    store: RegistryStore,
    storage: StorageDoor | None,
) -> ProxyPolicy:
    """Choose how a front door treats a generation.

    Args:
        generation: Generation, `modern` or `legacy`.
        users: Name to password. Secret.
        roles: Roles by name.
        store: Store where everything is kept.
        storage: The door to Swift on the front door's server, where its temporary URLs are sent on.
    """
    users_at_door = BasicAuthUsers(users, store.root.value, roles)
    if generation == "legacy":
        ping = "/v1/_ping"
        return ProxyPolicy(ping, users_at_door, ("/v1/",), (ping,), single_requests=True, storage=None)
    return ProxyPolicy("/", users_at_door, ("/v2/",), ("/",), single_requests=False, storage=storage)


def modern_backend(
    registry_host: RegistryHost,
    store: RegistryStore,
    settings: ModernSettings,
    ports: ColourPorts,
    release: str,
) -> RegistryBackend:
    """Describe distribution on a server.

    Args:
        registry_host: The server, with its storage door.
        store: Store where everything is kept. Every colour has its secret from it, so that an upload that
            started on one colour ends on the other.
        settings: Settings of the release.
        ports: Ports of the colour.
        release: Name of the release.
    """
    door = registry_host.storage_door

    def http(port: int, debug: int) -> HttpSettings:
        secret = mark(HTTP_SECRET)
        return HttpSettings(f"127.0.0.1:{port}", f"127.0.0.1:{debug}", secret, settings.redirect)

    processes = ModernProcesses(
        http(ports.registry, ports.debug),
        http(ports.pulls, ports.pulls_debug),
        settings.content,
        settings.capacity,
    )
    return RegistryBackend(
        container=store.storage(door).apply(lambda storage: modern_container(storage, processes)),
        secrets=_with_door(store.secrets, store, release),
        port=ports.registry,
        queues=modern_queues(settings.capacity, ports.registry, ports.pulls),
        depends_on=[*registry_host.folders, *([door.applied] if door else [])],
    )


def legacy_backend(
    store: RegistryStore, settings: LegacySettings, port: int, release: str
) -> RegistryBackend:
    """Describe the registry of the article.

    Args:
        store: Store where everything is kept, on Swift. It keeps an upload's state there as well (0.7.3,
            images.py `save_checksums`), and nothing in a session: a push continues through another colour.
        settings: Settings of the release.
        port: TCP port of the loopback at which Docker publishes it.
        release: Name of the release; "" where no door comes to it.
    """
    swift = store.object_store
    if swift is None:
        raise ValueError(
            "registryStorage must be swift for the legacy registry, which keeps its images there"
        )

    valid_secrets = swift.secrets.apply(_validate_secrets)
    return RegistryBackend(
        container=swift.legacy.apply(lambda storage: legacy_container(storage, settings.workers, port=port)),
        secrets=_with_door(valid_secrets, store, release) if release else pulumi.Output.secret(valid_secrets),
        port=port,
        queues=legacy_queues(settings.capacity, port),
        depends_on=[swift.legacy_container],
    )


def _with_door(
    secrets: pulumi.Output[dict[str, str]], store: RegistryStore, release: str
) -> pulumi.Output[dict[str, str]]:
    """Return the secrets of a container, with those by which front doors come to it."""
    values = pulumi.Output.all(secrets, store.door_secrets(release))
    return pulumi.Output.secret(values.apply(lambda parts: {**dict(parts[0]), **dict(parts[1])}))


def _validate_secrets(secrets: dict[str, str]) -> dict[str, str]:
    check_password(secrets[KEY])
    return secrets
