"""A colour of the modern generation is tried as a client would use it: push in pieces, pull, compare digests.

Facts: distribution 2.8.3, docs/content/spec/api.md. What is pushed is random, small, and deleted afterwards:
the links go at once, the bytes with the next garbage collection.
"""

import hashlib
import json
import os
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from operate.error import RefusedError

REPOSITORY = "operate/gate"
_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
_CONFIG = "application/vnd.docker.container.image.v1+json"
_LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"
_PIECE, _PIECES = 1 << 20, 3
"""Bytes and pieces of the layer (choice): more than one chunk for each PATCH, little to keep."""
_PINGS = 9


@dataclass(frozen=True)
class GateLimits:
    """When a colour is slow (choices): factor and milliseconds beyond the live one's median."""

    factor: float = 4.0
    milliseconds: float = 150.0


class ModernGate:
    """A gate before one colour.

    Args:
        idle: Client of the idle colour, with the front door's credentials.
        live: Client of the live colour.
        fetch: Follows a redirect into the object storage; returns the bytes.
        limits: Limits above which it is slow.
        shared: Whether both have the same storage.
        joint_uploads: Whether an upload continues from one to the other: not if the secret that signs its
            state is rotated, since each upload is led to the colour that signed it then.
    """

    def __init__(
        self,
        idle: httpx.Client,
        live: httpx.Client,
        fetch: Callable[[str], bytes],
        limits: GateLimits | None = None,
        *,
        shared: bool = True,
        joint_uploads: bool = True,
    ) -> None:
        self._idle, self._live, self._fetch = idle, live, fetch
        self._shared = live if shared else idle
        self._first = live if shared and joint_uploads else idle
        self._limits = limits or GateLimits()

    def run(self) -> str:
        """Try everything; returns what was done.

        Raises:
            RefusedError: The idle colour is unhealthy.
        """
        self._credentials()
        slow = self._speed()
        layer = self._push([self._idle] * (_PIECES + 2))
        # Begun on the live colour, finished on this one: the same storage and the same http.secret.
        across = self._push([self._first, self._first, *([self._idle] * _PIECES)])
        for digest, content in (layer, across):
            self._pull(digest, content)
        manifest = self._image(layer, across)
        self._lists()
        self._clean(manifest, layer[0], across[0])
        return f"pushed and pulled {len(layer[1]) + len(across[1])} bytes, digests agree; {slow}"

    def _credentials(self) -> None:
        anonymous = self._idle.get("/v2/", auth=None)
        if anonymous.status_code != 401:
            raise RefusedError(f"without credentials it answers {anonymous.status_code}, not 401")
        wrong = self._idle.get("/v2/", auth=("operate-gate", os.urandom(8).hex()))
        if wrong.status_code != 401:
            raise RefusedError(f"with a wrong password it answers {wrong.status_code}, not 401")
        right = self._idle.get("/v2/")
        if right.status_code != 200:
            raise RefusedError(f"with the front door's password it answers {right.status_code}, not 200")

    def _speed(self) -> str:
        idle, live = _median_ms(self._idle), _median_ms(self._live)
        allowed = live * self._limits.factor + self._limits.milliseconds
        if idle > allowed:
            raise RefusedError(f"/v2/ takes {idle:.0f} ms, {allowed:.0f} ms are allowed, {live:.0f} ms live")
        return f"/v2/ takes {idle:.1f} ms, {live:.1f} ms live"

    def _push(self, clients: list[httpx.Client]) -> tuple[str, bytes]:
        """Push a layer: one client for each request."""
        pieces = [os.urandom(_PIECE) for _ in range(_PIECES)]
        content = b"".join(pieces)
        digest = _digest(content)
        begin, *patches, commit = clients
        response = _expect(begin.post(f"/v2/{REPOSITORY}/blobs/uploads/"), 202, "an upload cannot begin")
        sent = 0
        for client, piece in zip(patches, pieces, strict=True):
            headers = {
                "Content-Type": "application/octet-stream",
                "Content-Range": f"{sent}-{sent + len(piece) - 1}",
            }
            response = client.patch(_path(response), content=piece, headers=headers)
            _expect(response, 202, f"an upload cannot continue after {sent} bytes")
            sent += len(piece)
        url = httpx.URL(_path(response)).copy_merge_params({"digest": digest})
        response = _expect(commit.put(url), 201, "an upload cannot end")
        if response.headers.get("Docker-Content-Digest") != digest:
            raise RefusedError(
                f"it reports the digest {response.headers.get('Docker-Content-Digest')} for {digest}"
            )
        return digest, content

    def _pull(self, digest: str, content: bytes) -> None:
        path = f"/v2/{REPOSITORY}/blobs/{digest}"
        head = self._idle.head(path)
        if head.status_code == 307:
            head = httpx.Response(200, headers={"Content-Length": str(len(content))})
        if head.status_code != 200 or head.headers.get("Content-Length") != str(len(content)):
            length = head.headers.get("Content-Length")
            raise RefusedError(
                f"HEAD of {len(content)} bytes is answered with {head.status_code}, length {length}"
            )
        response = self._idle.get(path)
        pulled = (
            self._fetch(response.headers["Location"]) if response.status_code == 307 else response.content
        )
        if response.status_code not in (200, 307):
            raise RefusedError(f"a layer that it accepted is answered with {response.status_code}")
        if _digest(pulled) != digest:
            raise RefusedError(
                f"a layer comes back changed: {len(pulled)} of {len(content)} bytes, wrong digest"
            )

    def _image(self, *layers: tuple[str, bytes]) -> str:
        config = json.dumps(
            {"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": []}}
        ).encode()
        self._push_small(config)
        manifest = json.dumps(
            {
                "schemaVersion": 2,
                "mediaType": _MANIFEST,
                "config": {"mediaType": _CONFIG, "size": len(config), "digest": _digest(config)},
                "layers": [
                    {"mediaType": _LAYER, "size": len(content), "digest": digest}
                    for digest, content in layers
                ],
            }
        ).encode()
        tag, digest = f"gate-{os.urandom(6).hex()}", _digest(manifest)
        path = f"/v2/{REPOSITORY}/manifests"
        response = self._idle.put(f"{path}/{tag}", content=manifest, headers={"Content-Type": _MANIFEST})
        _expect(response, 201, "a manifest is not accepted")
        for client, reference, where in (
            (self._idle, tag, "by its tag"),
            (self._idle, digest, "by its digest"),
            (self._shared, digest, "on the live colour"),
        ):
            pulled = client.get(f"{path}/{reference}", headers={"Accept": _MANIFEST})
            if pulled.status_code != 200 or pulled.content != manifest:
                raise RefusedError(
                    f"a manifest that it accepted is missing {where}: {pulled.status_code},"
                    f" {len(pulled.content)} of {len(manifest)} bytes"
                )
        return digest

    def _require_no_deletion(self, path: str) -> None:
        """Deletion may be off, but not on one colour alone."""
        response = self._live.delete(f"/v2/{REPOSITORY}/{path}")
        if response.status_code != 405:
            raise RefusedError(
                f"DELETE of {path} is answered with 405, on the live colour with {response.status_code}"
            )

    def _push_small(self, content: bytes) -> None:
        digest = _digest(content)
        response = _expect(self._idle.post(f"/v2/{REPOSITORY}/blobs/uploads/"), 202, "an upload cannot begin")
        url = httpx.URL(_path(response)).copy_merge_params({"digest": digest})
        headers = {"Content-Type": "application/octet-stream"}
        _expect(self._idle.put(url, content=content, headers=headers), 201, "a small upload cannot end")

    def _lists(self) -> None:
        for path in ("/v2/_catalog?n=1", f"/v2/{REPOSITORY}/tags/list"):
            idle, live = self._idle.get(path).status_code, self._live.get(path).status_code
            if idle != live and idle != 200:
                raise RefusedError(f"{path} is answered with {idle}, on the live colour with {live}")

    def _clean(self, manifest: str, *layers: str) -> None:
        paths = [f"manifests/{manifest}", *(f"blobs/{digest}" for digest in layers)]
        for path in paths:
            response = self._idle.delete(f"/v2/{REPOSITORY}/{path}")
            if response.status_code == 405:
                self._require_no_deletion(path)
            # 404: the other one of two colours that share a cache has it no more.
            elif response.status_code not in (202, 404):
                raise RefusedError(f"DELETE of {path} is answered with {response.status_code}")


def _expect(response: httpx.Response, status: int, otherwise: str) -> httpx.Response:
    if response.status_code != status:
        detail = response.text[:200].replace("\n", " ")
        raise RefusedError(f"{otherwise}: status {response.status_code}, {detail!r}")
    return response


def _path(response: httpx.Response) -> str:
    """An upload's address without its host, whatever the registry believes that to be."""
    location = urlsplit(response.headers.get("Location", ""))
    if not location.path:
        raise RefusedError("an upload has no Location")
    return f"{location.path}?{location.query}" if location.query else location.path


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _median_ms(client: httpx.Client) -> float:
    # Not by a clock around it: the operator rests after each.
    return statistics.median(client.get("/v2/").elapsed.total_seconds() * 1000 for _ in range(_PINGS))
