"""RegistryHost: a server that runs registries, with what those on it share."""

from dataclasses import dataclass

import pulumi

from components.proxy.haproxy import Proxy, ProxyArgs
from components.proxy.haproxy_config import ProxyShape
from components.proxy.storage_proxy import StorageDoor, StorageDoorArgs
from components.server.server import Server
from components.storage.bucket_lifecycle import bucket_lifecycles
from components.storage.folder import registry_folders
from components.storage.store import RegistryStore
from settings.ports import STORAGE_PORT


@dataclass(frozen=True)
class RegistryHostArgs:
    """What a registry host needs.

    Attributes:
        server: The server.
        store: Store where everything is kept.
        bridges: Keep neighbours out of the server's bridge networks.
        modern: Whether a registry of the modern generation runs here, which needs its way to Swift.
        front_connections: Connections that each front door here holds at once.
    """

    server: Server
    store: RegistryStore
    bridges: pulumi.Resource
    modern: bool
    front_connections: int


class RegistryHost(pulumi.ComponentResource):
    """A server with HAProxy and the storage door; two colours on it share them.

    It also sets the lifecycle of buckets, which may be reachable through the private network only.

    Attributes:
        server: The server.
        bridges: Resource on which containers depend: it keeps neighbours out of bridge networks.
        proxy: HAProxy of the server.
        storage_door: Storage door of the server; None without a modern registry, or without Swift.
        folders: Resources on which a modern registry with images in a folder depends.
    """

    def __init__(self, name: str, args: RegistryHostArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("softlayer-registry:index:RegistryHost", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        server = args.server
        self.server, self.bridges = server, args.bridges
        shape = ProxyShape(front_connections=args.front_connections)
        self.proxy = Proxy(f"{server.name}-proxy", ProxyArgs(server, shape), child)
        self.storage_door: StorageDoor | None = None
        if args.modern and args.store.swift is not None:
            swift = args.store.swift
            door = StorageDoorArgs(self.proxy, swift.server_auth_url, STORAGE_PORT, swift.client_origin)
            self.storage_door = StorageDoor(f"{server.name}-storage", door, child)
        bucket_lifecycles(server, args.store, self)
        self.folders = registry_folders(server, args.store, self) if args.modern else []
        self.register_outputs({})
