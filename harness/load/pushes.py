"""Pushes in three ways: at once, in chunks with pauses, and in one chunk that trickles; each is read back."""

import os
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Literal

from harness.clients.registry_client import Client
from harness.load.connection import Answer, Connection, Expected
from harness.load.image import MANIFEST, Blob, Image, Shelf, blob, image
from harness.load.tally import Tally

Way = Literal["at once", "chunked", "trickling"]
TAGS = 40
"""Tags of a lane, each used again after so many images: twice as many as the shelf has of the latest."""
_CHUNKS, _CHUNK = 6, 65536
"""Pieces of a layer, and bytes of each (choices)."""
_BYTES = {"Content-Type": "application/octet-stream"}


@dataclass
class Pusher:
    """Pushes an image a round, and pulls it.

    Attributes:
        client: Client that pushes.
        shelf: Receives the image.
        tally: Tally that counts the requests.
        repository: Repository of this lane alone.
        way: Way in which its layer is pushed.
        pause: Seconds between two chunks; a quarter of it where it trickles.
    """

    client: Client
    shelf: Shelf
    tally: Tally
    repository: str
    way: Way
    pause: float
    _connection: Connection = field(init=False)
    _numbers: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        self._connection = Connection(self.client, self.tally)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def turn(self, stop: threading.Event) -> None:
        """Push a new image and pull it; what failed is noted, and the image is not on the shelf then."""
        pushed = self.push(f"t{next(self._numbers) % TAGS}", _layer(), stop)
        if pushed is not None and all(self._pulled(pushed)):
            self.shelf.add(pushed)

    def push(self, tag: str, layer: Blob, stop: threading.Event) -> Image | None:
        """Push an image of one layer."""
        methods = {"at once": self._at_once, "chunked": self._chunked, "trickling": self._trickling}
        if not methods[self.way](layer, stop):
            return None
        pushed = image(self.repository, tag, [layer])
        if not self._at_once(pushed.blobs[0], stop):
            return None
        path, kind = f"/v2/{self.repository}/manifests/{tag}", {"Content-Type": MANIFEST}
        expected = Expected(201, pushed.manifest.digest)
        answer = self._connection.ask("manifest PUT", "PUT", path, expected, pushed.manifest.content, kind)
        return pushed if answer else None

    def _pulled(self, pushed: Image) -> Iterator[bool]:
        path = f"/v2/{self.repository}"
        for name in (pushed.tag, pushed.manifest.digest):
            expected = Expected(digest=pushed.manifest.digest, length=pushed.manifest.size)
            headers = {"Accept": MANIFEST}
            yield self._is_answered(
                "pushed manifest GET", "GET", f"{path}/manifests/{name}", expected, headers
            )
        for pushed_blob in pushed.blobs:
            expected = Expected(digest=pushed_blob.digest, length=pushed_blob.size)
            yield self._is_answered(
                "pushed blob HEAD", "HEAD", f"{path}/blobs/{pushed_blob.digest}", expected
            )
            yield self._is_answered("pushed blob GET", "GET", f"{path}/blobs/{pushed_blob.digest}", expected)

    def _is_answered(
        self,
        kind: str,
        method: str,
        path: str,
        expected: Expected,
        headers: Mapping[str, str] | None = None,
    ) -> bool:
        return self._connection.ask(kind, method, path, expected, headers=headers) is not None

    def _start_upload(self) -> Answer | None:
        path = f"/v2/{self.repository}/blobs/uploads/"
        return self._connection.ask("upload POST", "POST", path, Expected(202))

    def _finish_upload(self, kind: str, location: str, layer: Blob, body: bytes = b"") -> bool:
        path = f"{location}{'&' if '?' in location else '?'}digest={layer.digest}"
        return self._connection.ask(kind, "PUT", path, Expected(201, layer.digest), body, _BYTES) is not None

    def _at_once(self, layer: Blob, _: threading.Event) -> bool:
        upload = self._start_upload()
        return bool(
            upload and self._finish_upload("upload PUT at once", upload.location, layer, layer.content)
        )

    def _chunked(self, layer: Blob, stop: threading.Event) -> bool:
        started_at, answer = time.monotonic(), self._start_upload()
        for first in range(0, layer.size, _CHUNK):
            stop.wait(self.pause)
            if answer is None:
                return False
            chunk = layer.content[first : first + _CHUNK]
            span = {"Content-Range": f"{first}-{first + len(chunk) - 1}"}
            answer = self._patched("upload PATCH", answer, chunk, {**_BYTES, **span})
        stop.wait(self.pause)
        ended = bool(answer and self._finish_upload("upload PUT", answer.location, layer))
        if ended:
            self.tally.uploaded(started_at)
        return ended

    def _trickling(self, layer: Blob, stop: threading.Event) -> bool:
        answer = self._start_upload()
        if answer is None:
            return False
        length = {"Content-Length": str(layer.size)}
        pieces = _slowly(layer.content, self.pause / 4, stop)
        answer = self._patched("upload PATCH trickling", answer, pieces, {**_BYTES, **length})
        return bool(answer and self._finish_upload("upload PUT", answer.location, layer))

    def _patched(
        self, kind: str, last: Answer, body: bytes | Iterable[bytes], headers: Mapping[str, str]
    ) -> Answer | None:
        return self._connection.ask(kind, "PATCH", last.location, Expected(202), body, headers)


def _layer() -> Blob:
    return blob(os.urandom(_CHUNKS * _CHUNK))


def _slowly(content: bytes, pause: float, stop: threading.Event) -> Iterator[bytes]:
    for first in range(0, len(content), _CHUNK):
        yield content[first : first + _CHUNK]
        stop.wait(pause)
