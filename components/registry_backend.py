"""What stands behind a registry's front door on one server, by generation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components.carrier import Carrier
from components.colour_ports import ColourPorts
from components.door_queue import DoorQueue, legacy_queues, modern_queues
from components.front_door import AskedUsers
from components.legacy import check_password, legacy_container
from components.modern import ModernProcesses, modern_container
from components.object_store import KEY
from components.registry_config import HttpSettings
from components.registry_container import ContainerShape
from components.registry_store import HTTP_SECRET, RegistryStore
from components.secret_mark import mark
from components.storage_door import StorageDoor
from settings import LegacySettings, ModernSettings, Role


@dataclass(frozen=True)
class RegistryBackend:
    """One generation of one colour on one server.

    Attributes:
        container: to be run, with marks in place of secrets.
        secrets: by the names of their marks; secret as a whole.
        port: where the registry listens on the server's loopback, plain HTTP.
        queues: what waits at the front door.
        needs: what must be there before.
    """

    container: pulumi.Output[ContainerShape]
    secrets: pulumi.Output[dict[str, str]]
    port: int
    queues: Sequence[DoorQueue]
    needs: Sequence[pulumi.Resource] = ()


@dataclass(frozen=True)
class DoorManners:
    """How a front door treats a generation.

    Attributes:
        health_path: answers 200 without credentials while the registry lives.
        users: whom the door asks for.
        prefixes: of its paths.
        open_paths: need no credentials all the same.
        single_requests: whether a connection to it carries one request, since it may misread where one ends.
        storage: whose temporary URLs the registry sends; None where it sends none.
    """

    health_path: str
    users: AskedUsers
    prefixes: tuple[str, ...]
    open_paths: tuple[str, ...]
    single_requests: bool
    storage: StorageDoor | None


def door_manners(
    generation: str,
    users: pulumi.Output[dict[str, str]],
    roles: Mapping[str, Role],
    store: RegistryStore,
    storage: StorageDoor | None,
) -> DoorManners:
    """Tell how a door treats a generation.

    Args:
        generation: `modern` or `legacy`.
        users: name to password; secret.
        roles: by name.
        store: where everything is kept.
        storage: the door to Swift on the front door's server, where its temporary URLs are sent on.
    """
    users_at_door = AskedUsers(users, store.root.value, roles)
    if generation == "legacy":
        ping = "/v1/_ping"
        return DoorManners(ping, users_at_door, ("/v1/",), (ping,), single_requests=True, storage=None)
    return DoorManners("/", users_at_door, ("/v2/",), ("/",), single_requests=False, storage=storage)


def modern_backend(
    carrier: Carrier, store: RegistryStore, settings: ModernSettings, ports: ColourPorts, release: str
) -> RegistryBackend:
    """Describe distribution on a server.

    Args:
        carrier: the server, with its way to Swift.
        store: where everything is kept; every colour has its secret from it, so that an upload begun on one
            ends on the other.
        settings: of the release.
        ports: of the colour.
        release: its name.
    """
    door = carrier.storage_door

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
        needs=[*carrier.folders, *([door.applied] if door else [])],
    )


def legacy_backend(
    store: RegistryStore, settings: LegacySettings, port: int, release: str
) -> RegistryBackend:
    """Describe the article's registry.

    Args:
        store: where everything is kept; Swift. It keeps an upload's state there as well (0.7.3, images.py
            `save_checksums`), nothing in a session: a push goes on through another colour.
        settings: of the release.
        port: TCP port of the loopback at which Docker publishes it.
        release: its name; "" where no door comes to it.
    """
    swift = store.object_store
    if swift is None:
        raise ValueError("the legacy registry keeps its images in Swift; set registryStorage to swift")

    checked = swift.secrets.apply(_checked)
    return RegistryBackend(
        container=swift.legacy.apply(lambda storage: legacy_container(storage, settings.workers, port=port)),
        secrets=_with_door(checked, store, release) if release else pulumi.Output.secret(checked),
        port=port,
        queues=legacy_queues(settings.capacity, port),
        needs=[swift.legacy_container],
    )


def _with_door(
    secrets: pulumi.Output[dict[str, str]], store: RegistryStore, release: str
) -> pulumi.Output[dict[str, str]]:
    """The secrets of a container, with those by which front doors come to it."""
    values = pulumi.Output.all(secrets, store.door_secrets(release))
    return pulumi.Output.secret(values.apply(lambda found: {**dict(found[0]), **dict(found[1])}))


def _checked(secrets: dict[str, str]) -> dict[str, str]:
    check_password(secrets[KEY])
    return secrets
