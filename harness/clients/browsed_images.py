"""Images of every kind for a registry: several platforms, attestations, artifacts, many tags."""

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx

from harness.clients.images import MANIFEST, digest_of, push_blob
from harness.serving import serving

INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG, LAYER = "application/vnd.oci.image.config.v1+json", "application/vnd.oci.image.layer.v1.tar"
CREATED = "2026-01-02T03:04:05.123456789Z"


def push_manifest(
    client: httpx.Client, repository: str, reference: str, document: object, media_type: str = MANIFEST
) -> tuple[str, int]:
    """Put a manifest; returns its digest and size."""
    content = json.dumps(document).encode()
    digest = digest_of(content)
    answer = client.put(
        f"/v2/{repository}/manifests/{reference or digest}",
        content=content,
        headers={"Content-Type": media_type},
    )
    assert answer.status_code == 201, answer.text
    return digest, len(content)


def descriptor(media_type: str, content: bytes) -> dict[str, object]:
    """Return the descriptor of a blob or manifest, as manifests and indexes list it."""
    return {"mediaType": media_type, "digest": digest_of(content), "size": len(content)}


def push_image(
    client: httpx.Client, repository: str, tag: str, layer: bytes, architecture: str = "amd64"
) -> tuple[str, int, int]:
    """Push an image of one layer; returns digest and size of its manifest, and the size of the whole."""
    config = json.dumps({"os": "linux", "architecture": architecture, "created": CREATED}).encode()
    for blob in (config, layer):
        push_blob(client, repository, blob)
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": descriptor(CONFIG, config),
        "layers": [descriptor(LAYER, layer)],
    }
    digest, size = push_manifest(client, repository, tag, manifest)
    return digest, size, size + len(config) + len(layer)


def push_index(client: httpx.Client, repository: str, tag: str) -> tuple[str, list[str]]:
    """Push an image for two platforms, with an attestation; returns the digests of index and images."""
    children = []
    for architecture in ("amd64", "arm64"):
        digest, size, _ = push_image(client, repository, "", architecture.encode() * 1000, architecture)
        platform = {"os": "linux", "architecture": architecture}
        children.append({"mediaType": MANIFEST, "digest": digest, "size": size, "platform": platform})
    digest, size, _ = push_image(client, repository, "", b"attestation", "unknown")
    children.append(
        {
            "mediaType": MANIFEST,
            "digest": digest,
            "size": size,
            "platform": {"os": "unknown", "architecture": "unknown"},
            "annotations": {"vnd.docker.reference.type": "attestation-manifest"},
        }
    )
    index, _ = push_manifest(
        client, repository, tag, {"schemaVersion": 2, "mediaType": INDEX, "manifests": children}, INDEX
    )
    return index, [str(child["digest"]) for child in children]


def push_artifact(client: httpx.Client, repository: str, tag: str, artifact_type: str, blob: bytes) -> str:
    """Push an artifact as Helm does, its type being that of its config; returns its digest."""
    for content in (b"{}", blob):
        push_blob(client, repository, content)
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": descriptor(artifact_type, b"{}"),
        "layers": [descriptor("application/octet-stream", blob)],
        "annotations": {"org.opencontainers.image.created": CREATED},
    }
    return push_manifest(client, repository, tag, manifest)[0]


def write_tags(storage: Path, repository: str, digest: str, names: list[str]) -> None:
    """Write tags of a manifest into a registry's folder, as its filesystem driver lays them out."""
    tags = storage / "docker/registry/v2/repositories" / repository / "_manifests/tags"
    for name in names:
        link = tags / name / "current/link"
        link.parent.mkdir(parents=True)
        link.write_text(digest)


def copy_repository(storage: Path, repository: str, copies: list[str]) -> None:
    """Copy a repository in a registry's folder under other names; its blobs lie elsewhere."""
    repositories = storage / "docker/registry/v2/repositories"
    for copy in copies:
        shutil.copytree(repositories / repository, repositories / copy)


@contextmanager
def answering(answers: Mapping[str, tuple[int, str]]) -> Iterator[str]:
    """A server with these answers by path, 404 elsewhere; its address.

    A text beside 307 is the origin that it redirects to, one beside 429 is `Retry-After`, else the body.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            status, text = answers.get(self.path.partition("?")[0], (404, "{}"))
            self.send_response(status)
            if status == 307:
                self.send_header("Location", f"{text}{self.path}")
            if status == 429:
                self.send_header("Retry-After", text)
            body = text.encode() if status not in (307, 429) else b""
            if body.startswith(b"<"):
                self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with suppress(OSError):  # who has enough ends the connection
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    with serving(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as server:
        yield f"http://127.0.0.1:{server.server_port}"
