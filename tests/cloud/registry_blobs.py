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
    place = _asked(connection, "POST", f"/v2/{repository}/blobs/uploads/", headers, b"", 202)
    streamed = {**headers, "Content-Type": "application/octet-stream"}
    place = _asked(connection, "PATCH", place, streamed, content, 202)
    joint = "&" if "?" in place else "?"
    _asked(connection, "PUT", f"{place}{joint}digest={digest}", headers, b"", 201)
    connection.close()
    return digest


def _asked(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    headers: dict[str, str],
    body: bytes,
    wanted: int,
) -> str:
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    told = answer.read()
    assert answer.status == wanted, (method, path, answer.status, told[:300])
    parts = urlsplit(answer.headers.get("Location", ""))
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
