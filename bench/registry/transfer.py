"""Layers, pushed and pulled as Docker does, by HTTP/1.1 over TLS."""

import hashlib
import http.client
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


class Reached(Protocol):
    """A registry that is reached somehow, such as `harness.clients.registry_client.Client`."""

    @property
    def address(self) -> str:
        """Where it is."""

    @property
    def port(self) -> int:
        """TCP port."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Headers by which each request is authenticated."""

    def connect(self) -> http.client.HTTPConnection:
        """Return a new connection."""


@dataclass(frozen=True)
class Layer:
    """Bytes that nobody has seen before, and their digest."""

    content: bytes = field(repr=False)
    digest: str


def made_layer(size: int) -> Layer:
    """Make a layer of random bytes."""
    content = os.urandom(size)
    return Layer(content, f"sha256:{hashlib.sha256(content).hexdigest()}")


def push(client: Reached, repository: str, layer: Layer) -> None:
    """Upload a layer by POST, PATCH and PUT on one connection.

    Raises:
        RuntimeError: The registry did not accept it.
    """
    connection = client.connect()
    try:
        place = _send(connection, client, "POST", f"/v2/{repository}/blobs/uploads/", b"", 202)
        place = _send(connection, client, "PATCH", place, layer.content, 202)
        joint = "&" if "?" in place else "?"
        _send(connection, client, "PUT", f"{place}{joint}digest={layer.digest}", b"", 201)
    finally:
        connection.close()


def pull(client: Reached, repository: str, layer: Layer) -> bytes:
    """Download a layer.

    Raises:
        RuntimeError: The registry did not send it.
    """
    connection = client.connect()
    try:
        connection.request("GET", f"/v2/{repository}/blobs/{layer.digest}", headers=client.headers)
        answer = connection.getresponse()
        content = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{client.address}:{client.port} answers a pull with {answer.status}")
        return content
    finally:
        connection.close()


def _send(
    connection: http.client.HTTPConnection,
    client: Reached,
    method: str,
    path: str,
    body: bytes,
    expected_status: int,
) -> str:
    headers = {**client.headers, "Content-Type": "application/octet-stream"}
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    content = answer.read()
    if answer.status != expected_status:
        raise RuntimeError(
            f"{client.address}:{client.port} answers {method} with {answer.status}, not {expected_status}:"
            f" {content[:200]!r}"
        )
    place = answer.headers.get("Location", "")
    return place[place.index("/v2/") :] if "/v2/" in place else place
