"""Carrier: a server that carries registries, with what those on it share."""

from dataclasses import dataclass

import pulumi

from components.bucket_lifecycle import bucket_lifecycles
from components.proxy import Proxy, ProxyArgs
from components.proxy_config import ProxyShape
from components.registry_folder import registry_folders
from components.registry_store import RegistryStore
from components.server import Server
from components.storage_door import StorageDoor, StorageDoorArgs
from settings.registry import STORAGE_PORT


@dataclass(frozen=True)
class CarrierArgs:
    """What a carrier is made from.

    Attributes:
        server: the server.
        store: where everything is kept.
        bridges: keep neighbours out of the server's bridge networks.
        modern: whether a registry of the modern generation runs here, which needs its way to Swift.
        front_connections: that each front door here holds at once.
    """

    server: Server
    store: RegistryStore
    bridges: pulumi.Resource
    modern: bool
    front_connections: int


class Carrier(pulumi.ComponentResource):
    """A server with HAProxy and the storage door; two colours on it share them.

    It also sees to the lifecycle of buckets: the way there may lead through the private network only.

    Attributes:
        server: the server.
        bridges: depend on it before a container starts, which neighbours must not reach.
        proxy: its HAProxy.
        storage_door: the way to Swift; None without a modern registry, or without Swift.
        folders: depend on them before a modern registry starts that keeps its images in one.
    """

    def __init__(self, name: str, args: CarrierArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("softlayer-registry:index:Carrier", name, {}, opts)
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
