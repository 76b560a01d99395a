"""Blobs in a registry, by its HTTP API."""

import hashlib
import http.client
from collections.abc import Callable
from urllib.parse import urlsplit


def push_blob(
    connect: Callable[[], http.client.HTTPConnection],
    headers: dict[str, str],
    repository: str,
    content: bytes,
) -> str:
    """Upload a blob as Docker does, one PATCH and one PUT; return its digest."""
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    connection = connect()
    place = _request(connection, "POST", f"/v2/{repository}/blobs/uploads/", headers, b"", 202)
    streamed = {**headers, "Content-Type": "application/octet-stream"}
    place = _request(connection, "PATCH", place, streamed, content, 202)
    joint = "&" if "?" in place else "?"
    _request(connection, "PUT", f"{place}{joint}digest={digest}", headers, b"", 201)
    connection.close()
    return digest


def _request(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    headers: dict[str, str],
    body: bytes,
    expected_status: int,
) -> str:
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    content = answer.read()
    assert answer.status == expected_status, (method, path, answer.status, content[:300])
    parts = urlsplit(answer.headers.get("Location", ""))
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
