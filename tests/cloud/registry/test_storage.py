"""Real registries, 2.8.3 and 3.1.1, on real storage: Swift, S3 (Swift's own s3api) and a folder."""

from itertools import pairwise

import httpx

from harness.clients.images import (
    MANIFEST,
    begin_upload,
    digest_of,
    finish_upload,
    image,
    push,
    send_chunk,
    unreadable,
)
from harness.registries.storages import DATACENTER, Place, on_each, on_remote


@on_each
def test_what_is_pushed_is_pulled_also_by_the_next_registry(place: Place) -> None:
    # More than a segment of Swift and a part of S3.
    pushed = image(1, 25 * 2**20)
    with place.registry() as registry, registry.client() as client:
        push(client, "app", "1", pushed)
        assert unreadable(client, "app", "1", pushed) is None
        assert unreadable(client, "app", pushed.digest, pushed) is None
        assert httpx.get(f"{registry.url}/v2/").status_code == 401
        assert httpx.get(f"{registry.debug_url}/debug/health").json() == {}
        assert "registry_http" in httpx.get(f"{registry.debug_url}/metrics").text
    with place.registry() as registry, registry.client() as client:
        assert unreadable(client, "app", "1", pushed) is None


@on_each
def test_an_upload_goes_on_at_another_registry(place: Place) -> None:
    content = image(2, 12 * 2**20).blobs[1]
    cuts = [0, 5 * 2**20, 6 * 2**20 + 17, len(content)]
    with place.registry() as registry, registry.client() as client:
        location = begin_upload(client, "app")
        location = send_chunk(client, location, content[: cuts[1]])
        assert client.get(location).status_code == 204
    with place.registry() as registry, registry.client() as client:
        for begin, end in pairwise(cuts[1:]):
            location = send_chunk(client, location, content[begin:end], begin)
        finish_upload(client, location, digest_of(content))
        assert client.get(f"/v2/app/blobs/{digest_of(content)}").content == content


@on_each
def test_what_is_deleted_is_gone(place: Place) -> None:
    pushed = image(3, 1000)
    with place.registry() as registry, registry.client() as client:
        push(client, "app", "1", pushed)
        assert client.delete(f"/v2/app/manifests/{pushed.digest}").status_code == 202
        for reference in ("1", pushed.digest):
            response = client.get(f"/v2/app/manifests/{reference}", headers={"Accept": MANIFEST})
            assert response.status_code == 404
        push(client, "app", "1", pushed)
        assert unreadable(client, "app", "1", pushed) is None


@on_remote
def test_layers_come_from_the_storage_by_signed_redirects(place: Place) -> None:
    pushed = image(4, 25 * 2**20)
    with place.registry(redirect=True) as registry, registry.client() as client:
        push(client, "app", "1", pushed)
        for blob in pushed.blobs:
            sent = client.get(f"/v2/app/blobs/{digest_of(blob)}")
            assert sent.status_code == 307
            assert sent.headers["Location"].startswith(place.cloud.s3_endpoint(DATACENTER))
            # Without any credentials but the signature.
            assert httpx.get(sent.headers["Location"], timeout=60).content == blob
            broken = sent.headers["Location"].replace("/docker/", "/docker2/", 1)
            assert httpx.get(broken).status_code in (401, 403)
        head = client.head(f"/v2/app/blobs/{digest_of(pushed.blobs[1])}", follow_redirects=True)
        assert (head.status_code, head.headers["Content-Length"]) == (200, str(25 * 2**20))
