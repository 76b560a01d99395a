"""Images in a registry, by its HTTP API, pushed as Docker does: POST, PATCH, PUT, then the manifest."""

import hashlib
import json
import random
from dataclasses import dataclass

import httpx

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_CONFIG = "application/vnd.oci.image.config.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar"


class PushRefusedError(Exception):
    """The registry did not acknowledge a step of a push; the message has its answer."""


@dataclass(frozen=True)
class PushedImage:
    """One image: its blobs by digest, config first, and its manifest."""

    blobs: tuple[bytes, ...]
    manifest: bytes

    @property
    def digest(self) -> str:
        """Of the manifest."""
        return digest_of(self.manifest)


def digest_of(content: bytes) -> str:
    """A digest as registries write it."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def image(seed: int, size: int) -> PushedImage:
    """An image with one layer of random bytes; the same for the same seed."""
    layer = random.Random(seed).randbytes(size)  # noqa: S311 - contents, no secrets
    config = json.dumps(
        {"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": [digest_of(layer)]}}
    ).encode()
    kinds = ((_CONFIG, config), (_LAYER, layer))
    described = [
        {"mediaType": kind, "size": len(content), "digest": digest_of(content)} for kind, content in kinds
    ]
    manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": described[0], "layers": described[1:]}
    return PushedImage((config, layer), json.dumps(manifest).encode())


def push(client: httpx.Client, repository: str, tag: str, pushed: PushedImage) -> None:
    """Push an image.

    Raises:
        PushRefusedError: A step was not acknowledged.
    """
    for blob in pushed.blobs:
        push_blob(client, repository, blob)
    put_manifest(client, repository, tag, pushed)


def put_manifest(client: httpx.Client, repository: str, reference: str, pushed: PushedImage) -> None:
    """Put the manifest alone, once the blobs are there."""
    url = f"/v2/{repository}/manifests/{reference}"
    _checked(client.put(url, content=pushed.manifest, headers={"Content-Type": MANIFEST}), 201)


def push_blob(client: httpx.Client, repository: str, content: bytes) -> None:
    """Push one blob, in one chunk."""
    place = begin_upload(client, repository)
    place = send_chunk(client, place, content)
    finish_upload(client, place, digest_of(content))


def begin_upload(client: httpx.Client, repository: str) -> str:
    """Begin an upload; return where it continues."""
    return _checked(client.post(f"/v2/{repository}/blobs/uploads/"), 202).headers["Location"]


def send_chunk(client: httpx.Client, place: str, content: bytes, at: int = 0) -> str:
    """Send one chunk; return where the upload continues."""
    headers = {
        "Content-Type": "application/octet-stream",
        "Content-Range": f"{at}-{at + len(content) - 1}",
    }
    return _checked(client.patch(place, content=content, headers=headers), 202).headers["Location"]


def finish_upload(client: httpx.Client, place: str, digest: str) -> None:
    """End an upload."""
    joint = "&" if "?" in place else "?"
    _checked(client.put(f"{place}{joint}digest={digest}"), 201)


def unreadable(client: httpx.Client, repository: str, reference: str, pushed: PushedImage) -> str | None:
    """What is wrong with an image as the registry gives it out; None where it is whole."""
    response = client.get(f"/v2/{repository}/manifests/{reference}", headers={"Accept": MANIFEST})
    if response.status_code != 200 or response.content != pushed.manifest:
        return f"manifest: {response.status_code} {response.text[:200]}"
    wrong = (unreadable_blob(client, repository, blob) for blob in pushed.blobs)
    return next((message for message in wrong if message), None)


def unreadable_blob(client: httpx.Client, repository: str, blob: bytes) -> str | None:
    """What is wrong with a blob as the registry gives it out; None where it is whole."""
    try:
        answer = client.get(f"/v2/{repository}/blobs/{digest_of(blob)}")
    except httpx.RemoteProtocolError as error:
        return f"blob: {error}"
    if answer.status_code != 200 or answer.content != blob:
        return f"blob: {answer.status_code}, {len(answer.content)} bytes instead of {len(blob)}"
    return None


def _checked(answer: httpx.Response, expected_status: int) -> httpx.Response:
    if answer.status_code != expected_status:
        raise PushRefusedError(
            f"{answer.request.method} {answer.request.url.path}: {answer.status_code} {answer.text}"
        )
    return answer
