"""Blobs without a byte on Swift, by every way in which the conformance suite of OCI pushes one."""

import http.client
import json
import os
import time
from collections.abc import Callable, Iterator

import httpx
import pytest

from cloud.interfaces import SwiftAccount
from cloud.swift.fault_plan import FaultPlan
from cloud.swift.local_object_storage import LocalObjectStorage
from harness.clients.images import MANIFEST, digest_of
from harness.cloud.local_swift import local_swift
from harness.proxies.local_proxy import LocalRegistry
from harness.proxies.proxied_registry import ProxiedRegistry, proxied_registry

pytestmark = pytest.mark.expected_seconds(25)

EMPTY = digest_of(b"")
# The driver waits 13 s for segments before it refuses; an answer in less did not wait.
AT_ONCE_SECONDS = 5


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalObjectStorage]:
    with local_swift(tmp_path_factory.mktemp("cloud")) as storage:
        yield storage


@pytest.fixture(scope="module")
def account(cloud: LocalObjectStorage) -> SwiftAccount:
    return cloud.create_account("dal05", "SLOS1-1", "SL1")


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> LocalRegistry:
    return LocalRegistry(tmp_path_factory.mktemp("registry"))


@pytest.fixture(scope="module")
def between(
    tmp_path_factory: pytest.TempPathFactory, account: SwiftAccount, unpacked: LocalRegistry
) -> Iterator[ProxiedRegistry]:
    with proxied_registry(tmp_path_factory.mktemp("doors"), account, unpacked, "empty") as between:
        yield between


class Calls:
    """Requests on one connection; each is answered at once."""

    def __init__(self, between: ProxiedRegistry) -> None:
        self._between, self._connection = between, between.client.connect()

    def send(self, method: str, path: str, body: bytes = b"", **headers: str) -> http.client.HTTPResponse:
        """Send one request, to a path or to where an answer sent; the answer, read.

        Clients send the path alone, and the door refuses a whole address, which is for proxies.
        """
        started = time.monotonic()
        path = httpx.URL(path).raw_path.decode()
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        self._connection.request(method, path, body, {**self._between.client.headers, **fields})
        response = self._connection.getresponse()
        self.body = response.read()
        assert time.monotonic() - started < AT_ONCE_SECONDS, (method, path)
        return response

    def begin(self, repository: str) -> str:
        """Begin an upload; where it goes on."""
        response = self.send("POST", f"/v2/{repository}/blobs/uploads/")
        assert response.status == 202, self.body
        return response.headers["Location"]


def finish(calls: Calls, location: str, digest: str = EMPTY, body: bytes = b"") -> int:
    """End an upload."""
    return calls.send(
        "PUT", f"{location}&digest={digest}", body, Content_Type="application/octet-stream"
    ).status


def push_at_once(calls: Calls, repository: str) -> int:
    """POST with the digest; distribution answers with an upload that goes on."""
    response = calls.send("POST", f"/v2/{repository}/blobs/uploads/?digest={EMPTY}")
    return finish(calls, response.headers["Location"]) if response.status == 202 else response.status


def push_by_put(calls: Calls, repository: str) -> int:
    """POST, PUT."""
    return finish(calls, calls.begin(repository))


def push_by_stream(calls: Calls, repository: str) -> int:
    """POST, PATCH without a byte and without a range, PUT."""
    patched = calls.send(
        "PATCH", calls.begin(repository), b"", Content_Type="application/octet-stream", Content_Length="0"
    )
    assert patched.status == 202, calls.body
    return finish(calls, patched.headers["Location"])


def push_after_a_look(calls: Calls, repository: str) -> int:
    """POST, GET of the upload's state, PUT."""
    location = calls.begin(repository)
    state = calls.send("GET", location)
    assert (state.status, calls.body) == (204, b"")
    return finish(calls, state.headers.get("Location", location))


@pytest.mark.parametrize(
    "push", [push_at_once, push_by_put, push_by_stream, push_after_a_look], ids=lambda push: push.__name__
)
def test_a_blob_without_a_byte_is_pushed_and_pulled(
    push: Callable[[Calls, str], int], between: ProxiedRegistry
) -> None:
    calls, repository = Calls(between), push.__name__.replace("_", "-")
    for _ in range(2):
        assert push(calls, repository) == 201, calls.body
    for method in ("HEAD", "GET"):
        response = calls.send(method, f"/v2/{repository}/blobs/{EMPTY}")
        assert (response.status, response.headers["Content-Length"], calls.body) == (200, "0", b"")
        assert response.headers["Docker-Content-Digest"] == EMPTY


def test_an_image_with_a_layer_without_a_byte_is_pushed_mounted_and_deleted(between: ProxiedRegistry) -> None:
    calls = Calls(between)
    config = b"{}"
    between.push("image", config)
    assert push_by_put(calls, "image") == 201
    layers = [{"mediaType": "application/vnd.oci.image.layer.v1.tar", "size": 0, "digest": EMPTY}]
    described = {
        "mediaType": "application/vnd.oci.image.config.v1+json",
        "size": len(config),
        "digest": digest_of(config),
    }
    manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": described, "layers": layers}
    sent = calls.send("PUT", "/v2/image/manifests/1", json.dumps(manifest).encode(), Content_Type=MANIFEST)
    assert sent.status == 201, calls.body
    mounted = calls.send("POST", f"/v2/copy/blobs/uploads/?mount={EMPTY}&from=image")
    assert mounted.status == 201, calls.body
    assert calls.send("DELETE", f"/v2/copy/blobs/{EMPTY}").status == 202
    assert calls.send("GET", f"/v2/copy/blobs/{EMPTY}").status == 404
    assert calls.send("GET", f"/v2/image/blobs/{EMPTY}").status == 200


def test_what_is_not_empty_is_not_taken_for_it(between: ProxiedRegistry) -> None:
    calls = Calls(between)
    assert finish(calls, calls.begin("filled"), EMPTY, b"content") == 400
    assert finish(calls, calls.begin("filled"), digest_of(b"content")) == 400
    assert finish(calls, calls.begin("filled"), digest_of(b"content"), b"content") == 201


def test_segments_that_a_late_listing_hides_are_waited_for(
    between: ProxiedRegistry, cloud: LocalObjectStorage
) -> None:
    """The door shows no upload as empty that has a segment, however late listings are."""
    content = os.urandom(100_000)
    cloud.inject("dal05", FaultPlan(hide_info=True, stale_listing_seconds=1))
    try:
        path = between.push("late", content)
        assert between.pulled(path) == (200, digest_of(content))
    finally:
        cloud.inject("dal05", FaultPlan())


def test_no_listing_asks_whether_a_blob_is_a_folder(between: ProxiedRegistry) -> None:
    path = between.push("counted", os.urandom(1000))
    before = len(between.stored("empty"))
    assert between.pulled(path)[0] == 200
    requests = between.stored("empty")[before:]
    listings = [line for line in requests if "delimiter=" in line]
    assert listings
    # Answered by the door itself: HAProxy logs no server.
    assert all(" storage-swift/<NOSRV> " in line for line in listings)
