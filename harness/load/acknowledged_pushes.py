"""Many images at once through one registry, and what of that which it acknowledged cannot be read.

A blob is acknowledged by 201, and an image by the 201 of its manifest. A registry that lost a blob finds it
missing when the manifest comes, so that an image would hide what was lost.
"""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from cloud.swift.fault_plan import FaultPlan
from cloud.swift.local_object_storage import LocalObjectStorage
from components.proxy.storage_proxy_config import StorageDoorShape, storage_door_configuration
from components.storage.drivers import SwiftStorage
from harness.clients.images import (
    PushedImage,
    PushRefusedError,
    digest_of,
    image,
    push_blob,
    put_manifest,
    unreadable,
    unreadable_blob,
)
from harness.ports import free_port
from harness.proxies.local_proxy import LocalProxy
from harness.registries.process import RunningRegistry, running_registry
from harness.registries.storages import container

DATACENTER = "dal05"
LAYER = 4096
# Each lost object is reported after 13 s, when the registry gives up waiting for it.
_READERS = 32


@dataclass(frozen=True)
class PushLoad:
    """What is done to the registry.

    Attributes:
        images: Number of images.
        clients: How many push at once; each pushes the blobs of its image at once.
        staleness: Seconds by which listings and deletions are seen late.
        door: Whether the registry comes to Swift by the storage door, which hides bulk deletes.
        attempts: How often a client tries a push, as Docker does.
    """

    images: int
    clients: int
    staleness: float
    door: bool = True
    attempts: int = 5


@dataclass(frozen=True)
class Pushed:
    """One image's fate.

    Attributes:
        image: The image.
        tag: Tag of the image.
        blobs: Digests of the blobs that were acknowledged.
        refused: Attempts that were not acknowledged.
        acknowledged: Whether a push was acknowledged.
        at_once: What was wrong right after the acknowledgement; None for nothing.
        seconds: Seconds that the attempts took together.
    """

    image: PushedImage
    tag: str
    blobs: frozenset[str]
    refused: tuple[str, ...]
    acknowledged: bool
    at_once: str | None
    seconds: float


@dataclass(frozen=True)
class PushOutcome:
    """What came of a load.

    Attributes:
        load: Load that was put on the registry.
        images: Images of which a push was acknowledged.
        blobs: Blobs that were acknowledged.
        refusals: Attempts that were not acknowledged.
        lost_at_once: Images that could not be read right after the acknowledgement; what was wrong, each.
        unreadable: Images and blobs that were acknowledged, and could not be read once all was quiet.
        seconds: Seconds that all pushes took.
        median: Seconds of a push, of half of them.
        slow: Seconds of a push, of 95 in 100.
    """

    load: PushLoad
    images: int
    blobs: int
    refusals: tuple[str, ...]
    lost_at_once: tuple[str, ...]
    unreadable: tuple[str, ...]
    seconds: float
    median: float
    slow: float


def measure(
    load: PushLoad, cloud: LocalObjectStorage, account: str, folder: Path, programs: Path
) -> PushOutcome:
    """Put a load on a registry of its own, with an account of its own."""
    with _registry(load, cloud, account, folder, programs) as registry:
        started_at = time.monotonic()
        with ThreadPoolExecutor(load.clients) as clients:
            pushed = list(clients.map(lambda number: _push(registry, load, number), range(load.images)))
        seconds = time.monotonic() - started_at
        # Nothing to wait for but the time itself: what was written last is seen now.
        time.sleep(load.staleness)
        with registry.client() as client, ThreadPoolExecutor(_READERS) as readers:
            unreadable = [
                message
                for reasons in readers.map(lambda push: _unreadable_parts(client, push), pushed)
                for message in reasons
            ]
    spent = sorted(push.seconds for push in pushed)
    return PushOutcome(
        load=load,
        images=sum(push.acknowledged for push in pushed),
        blobs=sum(len(push.blobs) for push in pushed),
        refusals=tuple(message for push in pushed for message in push.refused),
        lost_at_once=tuple(push.at_once for push in pushed if push.at_once),
        unreadable=tuple(unreadable),
        seconds=seconds,
        median=spent[len(spent) // 2],
        slow=spent[len(spent) * 95 // 100],
    )


def _unreadable_parts(client: httpx.Client, pushed: Pushed) -> list[str]:
    """What is wrong with what was acknowledged."""
    results = [
        unreadable_blob(client, "app", blob) for blob in pushed.image.blobs if digest_of(blob) in pushed.blobs
    ]
    if pushed.acknowledged and not any(results):
        results.append(unreadable(client, "app", pushed.tag, pushed.image))
    return [message for message in results if message]


@contextmanager
def _registry(
    load: PushLoad, cloud: LocalObjectStorage, account: str, folder: Path, programs: Path
) -> Iterator[RunningRegistry]:
    created = cloud.create_account(DATACENTER, account, "SL1")
    container(created)  # the registry finds it, as on a server: the storage door lets none be made
    stale = FaultPlan(stale_listing_seconds=load.staleness, stale_delete_seconds=load.staleness)
    with ExitStack() as running:
        auth_url = (
            running.enter_context(_door(created.auth_url, folder / account))
            if load.door
            else created.auth_url
        )
        storage = SwiftStorage(auth_url, created.username, created.key, "docker", "a key for temporary URLs")
        cloud.inject(DATACENTER, FaultPlan())
        registry = running.enter_context(running_registry("2.8.3", storage, folder, programs=programs))
        cloud.inject(DATACENTER, stale)
        running.callback(cloud.inject, DATACENTER, FaultPlan())
        yield registry


@contextmanager
def _door(auth_url: str, folder: Path) -> Iterator[str]:
    """Run the storage door; give the authentication URL through it."""
    shape = StorageDoorShape("swift", auth_url, free_port())
    with LocalProxy(folder).running({"storage.cfg": storage_door_configuration(shape)}):
        yield shape.door_auth_url


def _push(registry: RunningRegistry, load: PushLoad, number: int) -> Pushed:
    pushed, tag = image(number, LAYER), f"v{number}"
    blobs: set[str] = set()
    refused: list[str] = []
    acknowledged, wrong = False, None
    started_at = time.monotonic()
    with registry.client() as client:
        while not acknowledged and len(refused) < load.attempts:
            try:
                _attempt(client, tag, pushed, blobs)
            except (PushRefusedError, httpx.TransportError) as error:
                refused.append(str(error))
            else:
                acknowledged = True
        seconds = time.monotonic() - started_at
        if acknowledged:
            wrong = unreadable(client, "app", tag, pushed)
    return Pushed(pushed, tag, frozenset(blobs), tuple(refused), acknowledged, wrong, seconds)


def _attempt(client: httpx.Client, tag: str, pushed: PushedImage, blobs: set[str]) -> None:
    def upload_blob(blob: bytes) -> None:
        push_blob(client, "app", blob)
        blobs.add(digest_of(blob))

    with ThreadPoolExecutor(len(pushed.blobs)) as lanes:
        list(lanes.map(upload_blob, pushed.blobs))
    put_manifest(client, "app", tag, pushed)
