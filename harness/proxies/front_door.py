"""A registry in its two processes, behind a front door, as a server has it."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from components.proxy.access_rules import DoorUsers
from components.proxy.front_door_config import FrontDoorShape, front_door_configuration
from components.proxy.queues import modern_queues
from components.proxy.storage_proxy_config import StorageDoorShape, storage_door_configuration
from harness.ports import free_port
from harness.proxies.local_proxy import LocalProxy
from harness.proxies.proxied_registry import CERTIFICATE, PEM
from harness.registries.process import DOOR_PASSWORD, PASSWORD, USER, RunningRegistry
from settings import DoorLimits, ModernCapacity


@contextmanager
def behind_front_door(
    folder: Path,
    registry: RunningRegistry,
    pulls: RunningRegistry,
    *,
    users: DoorUsers | None = None,
    limits: DoorLimits | None = None,
) -> Iterator[httpx.Client]:
    """Run a front door.

    Args:
        folder: Empty folder.
        registry: Registry that takes all but pulls of blobs.
        pulls: Registry that takes pulls of blobs.
        users: Users whom the door authenticates; None leaves it to the registry.
        limits: Limits of the door.
    """
    queues = tuple(modern_queues(ModernCapacity(), registry.port, pulls.port))
    password = DOOR_PASSWORD if users else ""
    shape = FrontDoorShape(
        "modern", "127.0.0.1", free_port(), registry.port,
        queues=queues, users=users, limits=limits, password=password,
    )  # fmt: skip
    files = {"front-modern.cfg": front_door_configuration(shape), "front-modern.pem": PEM}
    context = ssl.create_default_context(cadata=CERTIFICATE.authority)
    with (
        LocalProxy(folder).running(files),
        httpx.Client(
            base_url=f"https://127.0.0.1:{shape.port}", auth=(USER, PASSWORD), verify=context, timeout=60
        ) as client,
    ):
        yield client


@contextmanager
def storage_door(folder: Path, auth_url: str) -> Iterator[tuple[LocalProxy, str]]:
    """Run a storage door in an empty folder; it, and the authentication URL through it."""
    shape = StorageDoorShape("swift", auth_url, free_port())
    proxy = LocalProxy(folder)
    with proxy.running({"storage-swift.cfg": storage_door_configuration(shape)}):
        yield proxy, shape.door_auth_url


def swift_requests(proxy: LocalProxy) -> list[str]:
    """The requests that went on to Swift, as `METHOD PATH`: those for objects and listings."""
    served = [line for line in proxy.finished_lines() if "/swift " in line and '"' in line]
    requests = [line.rpartition(' "')[2].rpartition(" HTTP")[0] for line in served]
    return [request for request in requests if " /v1/" in request]
