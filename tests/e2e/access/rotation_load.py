"""Clients of a registry whose secrets are rotated: they read, push in chunks, and try nothing again."""

import hashlib
import os
import threading
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from harness.clients.blobs import push_blob
from harness.clients.registry_client import BackgroundLoad, Client
from harness.load.image import Shelf
from harness.load.lane import Lane
from harness.load.pushes import Pusher
from harness.load.tally import Tally

REPOSITORY = "rotated"
_PIECE = 65536


@dataclass
class Upload:
    """An upload that begins before a rotation and ends in the middle of it.

    Attributes:
        client: who pushes.
        location: of the next request.
        content: that was sent.
    """

    client: Client
    location: str = ""
    content: bytes = b""

    def begin(self) -> None:
        """Ask for an upload and send the first piece."""
        self.location = self._request("POST", f"/v2/{REPOSITORY}/blobs/uploads/", 202)
        self.send()

    def send(self) -> None:
        """Send the next piece."""
        piece = os.urandom(_PIECE)
        self.location = self._request("PATCH", self.location, 202, piece)
        self.content += piece

    def end(self) -> None:
        """Commit, and read it back."""
        digest = f"sha256:{hashlib.sha256(self.content).hexdigest()}"
        self._request("PUT", f"{self.location}&digest={digest}", 201)
        assert self.client.status(f"/v2/{REPOSITORY}/blobs/{digest}") == 200

    def _request(self, method: str, path: str, status: int, body: bytes = b"") -> str:
        connection = self.client.connect()
        headers = {**self.client.headers, "Content-Type": "application/octet-stream"}
        if body:
            headers["Content-Range"] = f"{len(self.content)}-{len(self.content) + len(body) - 1}"
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            text = answer.read()
            assert answer.status == status, (method, answer.status, text[:300])
            place = urlsplit(answer.headers.get("Location", ""))
            return f"{place.path}?{place.query}"
        finally:
            connection.close()


@dataclass
class RotationLoad:
    """Readers of one layer and a lane that pushes in chunks, from the beginning of a block to its end.

    Attributes:
        client: who reads and pushes.
        tally: of the pushes.
    """

    client: Client
    tally: Tally = field(default_factory=Tally)
    _stop: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        content = os.urandom(_PIECE)
        digest = push_blob(self.client.connect, self.client.headers, REPOSITORY, content)
        path = f"/v2/{REPOSITORY}/blobs/{digest}"
        self._reads = BackgroundLoad(self.client, path, workers=2, pause=0.1, digest=digest)
        self._reads.__enter__()
        pusher = Pusher(self.client, Shelf(), self.tally, f"{REPOSITORY}/chunks", "chunked", 1.0)
        self._lane = Lane("pushes", pusher, 2.0, self.tally)
        self._lane.start(self._stop)
        self._reads.await_more(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._reads.await_more(10)
        self._stop.set()
        self._lane.end()
        self._reads.__exit__(kind, error, trace)

    def await_more(self, count: int) -> None:
        """Wait until so many further reads have ended."""
        self._reads.await_more(count)

    @property
    def failures(self) -> list[str]:
        """Of both, for people."""
        return [*self._reads.failures, *(str(failure) for failure in self.tally.failures)]
