"""What stands behind a registry's front door on one server, by generation."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.front_door import AskedUsers
from components.legacy import LegacyStorage, legacy_container
from components.modern import modern_container
from components.proxy import Proxy
from components.registry_config import HttpSettings
from components.registry_container import ContainerShape
from components.registry_storage import RegistryStorage
from components.registry_store import RegistryStore
from components.registry_users import RegistryUsers, RegistryUsersArgs
from components.storage_door import StorageDoor, StorageDoorArgs
from settings import LegacySettings, ModernSettings

# Choices: on the server's loopback, above the ports that people choose.
MODERN_PORT, MODERN_DEBUG_PORT = 15000, 15001
LEGACY_PORT = 15080
STORAGE_PORT = 15090


@dataclass(frozen=True)
class RegistryBackend:
    """One generation on one server.

    Attributes:
        generation: `modern` or `legacy`.
        container: to be run; secret as a whole.
        port: where the registry listens on the server's loopback, plain HTTP.
        needs: what must be there before.
        health_path: answers 200 without credentials while the registry lives.
        asked: users that the front door asks for, where the registry cannot.
        open_paths: need no credentials all the same.
        storage_door: whose temporary URLs the registry sends; None where it sends none.
    """

    generation: str
    container: pulumi.Output[ContainerShape]
    port: int
    needs: Sequence[pulumi.Resource] = ()
    health_path: str = "/"
    asked: AskedUsers | None = None
    open_paths: tuple[str, ...] = ()
    storage_door: StorageDoor | None = None


@dataclass(frozen=True)
class BackendArgs:
    """What both generations are made from.

    Attributes:
        proxy: of the server.
        store: where everything is kept.
        users: name to password; secret.
    """

    proxy: Proxy
    store: RegistryStore
    users: pulumi.Output[dict[str, str]]


def modern_backend(
    name: str, args: BackendArgs, settings: ModernSettings, parent: pulumi.Resource
) -> RegistryBackend:
    """Declare what distribution needs beside its container: its users' file, and its way to Swift."""
    child = pulumi.ResourceOptions(parent=parent)
    users = RegistryUsers(
        f"{name}-users", RegistryUsersArgs(args.proxy.server, args.users, args.store.root.value), child
    )
    door = None
    if args.store.object_store is not None:
        auth_url = args.store.object_store.account.auth_url
        door = StorageDoor(f"{name}-storage", StorageDoorArgs(args.proxy, auth_url, STORAGE_PORT), child)

    def container(storage: RegistryStorage, secret: str) -> ContainerShape:
        http = HttpSettings(
            f"127.0.0.1:{MODERN_PORT}", f"127.0.0.1:{MODERN_DEBUG_PORT}", secret, settings.redirect
        )
        return modern_container(storage, http, users.folder)

    secret = args.store.root.derive("http.secret")
    shape = pulumi.Output.all(args.store.storage(door), secret).apply(
        lambda found: container(found[0], str(found[1]))
    )
    return RegistryBackend(
        generation="modern",
        container=pulumi.Output.secret(shape),
        port=MODERN_PORT,
        needs=[users.applied, *([door.applied] if door else [])],
        storage_door=door if settings.redirect else None,
    )


def legacy_backend(
    args: BackendArgs, settings: LegacySettings, listen: pulumi.Output[str] | None
) -> RegistryBackend:
    """Describe the article's registry.

    Args:
        args: what it is made from; its store is Swift.
        settings: port, workers.
        listen: address at which it is published as in the article, without a front door; None puts it behind
            one.
    """
    store = args.store.object_store
    if store is None:
        raise ValueError("the legacy registry keeps its images in Swift; set registryStorage to swift")
    port = settings.port if listen is not None else LEGACY_PORT

    def container(storage: LegacyStorage, address: str) -> ContainerShape:
        return legacy_container(storage, settings.workers, address, port)

    shape = pulumi.Output.all(store.legacy, listen or "127.0.0.1").apply(
        lambda found: container(found[0], str(found[1]))
    )
    return RegistryBackend(
        generation="legacy",
        container=pulumi.Output.secret(shape),
        port=port,
        needs=[store.legacy_container],
        health_path="/v1/_ping",
        asked=AskedUsers(args.users, args.store.root.value),
        open_paths=("/v1/_ping",),
    )
