"""Layers of the legacy registry, pushed and pulled as Docker 1.0 does: by the v1 API, over TLS."""

import hashlib
import io
import json
import os
import tarfile
from dataclasses import dataclass, field

from harness.clients.registry_client import Client

# Without it, 0.7.3 answers a layer with 500 (images.py, `checksums`).
_AGENT = {"User-Agent": "docker/1.0.1"}


@dataclass(frozen=True)
class LegacyLayer:
    """An image of one layer of random bytes.

    Attributes:
        identifier: Identifier, 64 hexadecimal digits.
        document: The image's JSON.
        content: Content of the layer, a tar.
    """

    identifier: str
    document: bytes
    content: bytes = field(repr=False)

    @classmethod
    def create(cls, size: int) -> "LegacyLayer":
        """Make one that nobody has seen before."""
        identifier = os.urandom(32).hex()
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as tar:
            entry = tarfile.TarInfo("content")
            entry.size = size
            tar.addfile(entry, io.BytesIO(os.urandom(size)))
        document = json.dumps({"id": identifier, "created": "2014-07-01T10:00:00Z"}).encode()
        return cls(identifier, document, packed.getvalue())


def push_layer(client: Client, layer: LegacyLayer) -> None:
    """Push an image: its JSON, its layer, its checksum.

    Raises:
        RuntimeError: The registry did not take it.
    """
    digest = hashlib.sha256(layer.document + b"\n" + layer.content).hexdigest()
    _send(client, "PUT", f"{layer.identifier}/json", layer.document)
    _send(client, "PUT", f"{layer.identifier}/layer", layer.content)
    checksum = {"X-Docker-Checksum-Payload": f"sha256:{digest}", "X-Docker-Checksum": f"sha256:{digest}"}
    _send(client, "PUT", f"{layer.identifier}/checksum", b"", checksum)


def pull_layer(client: Client, layer: LegacyLayer) -> None:
    """Pull the layer and compare it.

    Raises:
        RuntimeError: The registry did not send it.
    """
    if _send(client, "GET", f"{layer.identifier}/layer", b"") != layer.content:
        raise RuntimeError(f"other bytes than those of {layer.identifier} came")


def _send(
    client: Client, method: str, name: str, body: bytes, headers: dict[str, str] | None = None
) -> bytes:
    connection = client.connect()
    try:
        path = f"/v1/images/{name}"
        connection.request(method, path, body, {**client.headers, **_AGENT, **(headers or {})})
        response = connection.getresponse()
        content = response.read()
        if response.status != 200:
            raise RuntimeError(f"{method} {path} is answered with {response.status}: {content[:200]!r}")
        return content
    finally:
        connection.close()
