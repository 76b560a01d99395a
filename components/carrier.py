"""RegistryHost: a server that runs registries, with what those on it share."""

from dataclasses import dataclass

import pulumi

from components.bucket_lifecycle import bucket_lifecycles
from components.proxy import Proxy, ProxyArgs
from components.proxy_config import ProxyShape
from components.registry_folder import registry_folders
from components.registry_store import RegistryStore
from components.registry_users import RegistryUsers, RegistryUsersArgs
from components.server import Server
from components.storage_door import StorageDoor, StorageDoorArgs
from settings.registry import STORAGE_PORT


@dataclass(frozen=True)
class RegistryHostArgs:
    """What a registry host needs.

    Attributes:
        server: the server.
        store: where everything is kept.
        users: name to password; secret.
        modern: whether a registry of the modern generation runs here, which needs its users' file and its way
            to Swift.
        front_connections: that each front door here holds at once.
    """

    server: Server
    store: RegistryStore
    users: pulumi.Output[dict[str, str]]
    modern: bool
    front_connections: int


class RegistryHost(pulumi.ComponentResource):
    """A server with HAProxy, the users' file and the storage door; two colours on it share them.

    It also sets the lifecycle of buckets, which may be reachable through the private network only.

    Attributes:
        server: The server.
        proxy: Its HAProxy.
        users: The users' file; None without a modern registry.
        storage_door: Its door to Swift; None without a modern registry, or without Swift.
        folders: Resources on which a modern registry with images in a folder depends.
    """

    def __init__(self, name: str, args: RegistryHostArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("softlayer-registry:index:RegistryHost", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        server, root = args.server, args.store.root.value
        self.server = server
        shape = ProxyShape(front_connections=args.front_connections)
        self.proxy = Proxy(f"{server.name}-proxy", ProxyArgs(server, shape), child)
        self.users = (
            RegistryUsers(f"{server.name}-users", RegistryUsersArgs(server, args.users, root), child)
            if args.modern
            else None
        )
        self.storage_door: StorageDoor | None = None
        if args.modern and args.store.swift is not None:
            swift = args.store.swift
            door = StorageDoorArgs(self.proxy, swift.server_auth_url, STORAGE_PORT, swift.client_origin)
            self.storage_door = StorageDoor(f"{server.name}-storage", door, child)
        bucket_lifecycles(server, args.store, self)
        self.folders = registry_folders(server, args.store, self) if args.modern else []
        self.register_outputs({})
