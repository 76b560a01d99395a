"""The part of Docker's API that building an image takes, answered without Docker; it counts builds."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from harness.serving import serving

IDENTITY = f"sha256:{'c' * 64}"
_VERSION = {
    "Version": "24.0.0",
    "ApiVersion": "1.43",
    "MinAPIVersion": "1.12",
    "Os": "linux",
    "Arch": "amd64",
}


class DockerApi(ThreadingHTTPServer):
    """An API on a loopback port.

    Attributes:
        builds: how often an image was built.
        calls: method and path of every request.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.builds = 0
        self.calls: list[str] = []

    @property
    def host(self) -> str:
        """For DOCKER_HOST."""
        return f"tcp://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: DockerApi

    def do_HEAD(self) -> None:
        self._answer(b"")

    def do_GET(self) -> None:
        path = self._called()
        if path == "/_ping":
            self._answer(b"OK")
        elif path.endswith("/version"):
            self._answer(json.dumps(_VERSION).encode())
        elif "/images/" in path and path.endswith("/json"):
            image = {"Id": IDENTITY, "RepoTags": ["mine:1"], "RepoDigests": [], "Config": {}}
            self._answer(json.dumps([image] if path.endswith("/images/json") else image).encode())
        else:
            self._answer(b"{}")

    def do_POST(self) -> None:
        path = self._called()
        self._read()
        if path.endswith("/build"):
            self.server.builds += 1
        self._answer(b'{"stream":"built"}\n')

    def do_DELETE(self) -> None:
        self._called()
        self._answer(b"[]")

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 the base class names it so
        """Nothing: tests look at `calls`."""

    def _called(self) -> str:
        path = urlsplit(self.path).path
        self.server.calls.append(f"{self.command} {path}")
        return path

    def _read(self) -> None:
        if self.headers.get("Transfer-Encoding") != "chunked":
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            return
        while size := int(self.rfile.readline().strip() or b"0", 16):
            self.rfile.read(size + 2)
        self.rfile.readline()

    def _answer(self, content: bytes) -> None:
        self.send_response(200)
        self.send_header("API-Version", _VERSION["ApiVersion"])
        self.send_header("Ostype", "linux")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


@contextmanager
def docker_api() -> Iterator[DockerApi]:
    with serving(DockerApi()) as api:
        yield api
