"""What the process for pulls remembers never lets a push skip a blob that is gone."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import httpx
import pytest

from components.storage.drivers import SwiftStorage
from harness.clients.images import MANIFEST, digest_of, image, push, push_blob, unreadable
from harness.proxies.front_door import behind_front_door, storage_door, swift_requests
from harness.registries.storages import Place, on_each, on_swift

pytestmark = pytest.mark.expected_seconds(40)

_CONFIG = "application/vnd.oci.image.config.v1+json"


@contextmanager
def doored(place: Place) -> Iterator[httpx.Client]:
    """A client of a registry in its two processes."""
    folder = place.folder / "door"
    with (
        place.registry() as registry,
        place.registry(pulls_only=True) as pulls,
        behind_front_door(folder, registry, pulls) as client,
    ):
        yield client


def manifest_of(config: bytes) -> bytes:
    """A manifest of an image without layers."""
    described = {"mediaType": _CONFIG, "size": len(config), "digest": digest_of(config)}
    return json.dumps({"schemaVersion": 2, "mediaType": MANIFEST, "config": described, "layers": []}).encode()


@on_each
def test_a_push_skips_no_blob_that_another_has_deleted(place: Place) -> None:
    """Another colour, another front door or a collection: all look alike to the process that remembers."""
    blob, path = b"{}", f"/v2/app/blobs/{digest_of(b'{}')}"
    with doored(place) as client, place.registry() as another, another.client() as direct:
        push_blob(client, "app", blob)
        assert client.get(path).content == blob
        assert direct.delete(path).status_code == 202
        # It may still be read for a while; what a push asks is answered by what is there.
        assert client.get(path).status_code in (200, 404)
        assert client.head(path).status_code == 404
        mounted = client.post(f"/v2/other/blobs/uploads/?mount={digest_of(blob)}&from=app")
        assert mounted.status_code == 202, "there is nothing to mount"
        refused = client.put(
            "/v2/app/manifests/1", content=manifest_of(blob), headers={"Content-Type": MANIFEST}
        )
        assert refused.status_code in (400, 404)
        push_blob(client, "app", blob)
        assert client.head(path).status_code == 200
        assert client.get(path).content == blob


@on_each
def test_what_a_client_deletes_is_gone_at_once(place: Place) -> None:
    pushed_image = image(3, 1000)
    with doored(place) as client:
        push(client, "app", "1", pushed_image)
        assert unreadable(client, "app", "1", pushed_image) is None
        path = f"/v2/app/blobs/{digest_of(pushed_image.blobs[1])}"
        assert client.delete(path).status_code == 202
        assert (client.get(path).status_code, client.head(path).status_code) == (404, 404)
        push(client, "app", "1", pushed_image)
        assert unreadable(client, "app", "1", pushed_image) is None


@on_swift
def test_a_small_blob_takes_three_requests_to_swift_and_then_one(place: Place) -> None:
    assert isinstance(place.storage, SwiftStorage)
    with storage_door(place.folder / "storage", place.storage.auth_url) as (proxy, auth_url):
        through_door = replace(place, storage=replace(place.storage, auth_url=auth_url))
        with doored(through_door) as client:
            blob = b"small"
            path = f"/v2/app/blobs/{digest_of(blob)}"
            push_blob(client, "app", blob)
            counts = []
            for _ in range(3):
                before = len(swift_requests(proxy))
                assert client.get(path).content == blob
                requests = swift_requests(proxy)[before:]
                # The health check of each process lists the root.
                counts.append(len([request for request in requests if digest_of(blob)[7:] in request]))
    assert counts == [3, 1, 1]
