"""A blob pushed in chunks, as far as one wants at a time: an upload that is under way."""

import hashlib
from dataclasses import dataclass, field
from typing import Self

from harness.clients.registry_client import Client


@dataclass
class ChunkedPush:
    """One upload; each request on a connection of its own.

    Attributes:
        client: Client of the registry.
        name: Name of the repository.
        location: URL at which the upload goes on.
    """

    client: Client
    name: str
    location: str = ""
    _digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)
    _sent: int = 0

    def begin(self) -> Self:
        """Begin the upload."""
        self._ask("POST", f"/v2/{self.name}/blobs/uploads/", 202)
        return self

    def send(self, chunk: bytes) -> None:
        """Send one chunk more."""
        span = {"Content-Range": f"{self._sent}-{self._sent + len(chunk) - 1}"}
        self._ask("PATCH", self.location, 202, chunk, span)
        self._digest.update(chunk)
        self._sent += len(chunk)

    def end(self) -> str:
        """Finish it; return the digest, which the registry has confirmed."""
        digest = f"sha256:{self._digest.hexdigest()}"
        join = "&" if "?" in self.location else "?"
        self._ask("PUT", f"{self.location}{join}digest={digest}", 201)
        return digest

    def _ask(
        self,
        method: str,
        path: str,
        expected_status: int,
        body: bytes = b"",
        headers: dict[str, str] | None = None,
    ) -> None:
        connection = self.client.connect()
        try:
            kind = {"Content-Type": "application/octet-stream", "Content-Length": str(len(body))}
            connection.request(method, path, body, {**self.client.headers, **kind, **(headers or {})})
            answer = connection.getresponse()
            content = answer.read()
            assert answer.status == expected_status, f"{method} {path}: {answer.status} {content[:200]!r}"
            self.location = answer.headers["Location"]
            # Relative: it leads back to the door, whichever colour wrote it.
            assert self.location.startswith("/"), self.location
        finally:
            connection.close()
