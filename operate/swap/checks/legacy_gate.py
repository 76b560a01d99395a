"""A colour of the legacy generation is tried with the calls of Docker 1.5: a push of one layer, and back.

Facts: docker-registry 0.7.3, docker_registry/images.py; its `_ping` is 200 even without storage, so that
what it took is read again. The layer stays: that generation deletes no images.
"""

import hashlib
import io
import json
import os
import tarfile

import httpx

from operate.error import RefusedError

REPOSITORY = "library/operate-gate"
_AGENT = "docker/1.5.0 go/go1.4.1 git-commit/a8a31ef kernel/3.13.0-24-generic os/linux arch/amd64"
"""Without a Docker of 0.10 or later a layer is refused (measured)."""


def run_legacy_gate(idle: httpx.Client, live: httpx.Client) -> str:
    """Push a layer to the idle colour, read it from both; returns what was done.

    Raises:
        RefusedError: The idle colour is unhealthy.
    """
    headers = {"User-Agent": _AGENT}
    _status(idle.get("/v1/_ping"), 200, "/v1/_ping")
    image, layer = os.urandom(32).hex(), _layer()
    document = json.dumps({"id": image, "created": "1970-01-01T00:00:00Z"}).encode()
    token = _status(
        idle.put(
            f"/v1/repositories/{REPOSITORY}/",
            content=json.dumps([{"id": image}]),
            headers={**headers, "Content-Type": "application/json", "X-Docker-Token": "true"},
        ),
        200,
        "a repository",
    ).headers.get("X-Docker-Token", "")
    signed = {**headers, "Authorization": token}
    for path, content, extra_headers in (
        ("json", document, {}),
        ("layer", layer, {}),
        ("checksum", b"", {"X-Docker-Checksum-Payload": _checksum(document, layer)}),
    ):
        response = idle.put(
            f"/v1/images/{image}/{path}", content=content, headers={**signed, **extra_headers}
        )
        _status(response, 200, f"an image's {path}")
    response = idle.put(f"/v1/repositories/{REPOSITORY}/tags/gate", content=json.dumps(image), headers=signed)
    _status(response, 200, "a tag")
    for client, where in ((idle, "from it"), (live, "from the live colour")):
        pulled = _status(client.get(f"/v1/images/{image}/layer", headers=headers), 200, f"a layer {where}")
        if pulled.content != layer:
            raise RefusedError(
                f"a layer comes back changed {where}: {len(pulled.content)} of {len(layer)} bytes"
            )
    return f"pushed and pulled {len(layer)} bytes by v1"


def _layer() -> bytes:
    content = os.urandom(1 << 16)
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        entry = tarfile.TarInfo("gate")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


def _checksum(document: bytes, layer: bytes) -> str:
    signed = document + b"\n" + layer
    return f"sha256:{hashlib.sha256(signed).hexdigest()}"


def _status(response: httpx.Response, expected: int, what: str) -> httpx.Response:
    if response.status_code != expected:
        raise RefusedError(
            f"{what} is answered with {response.status_code}, not {expected}: {response.text[:200]!r}"
        )
    return response
