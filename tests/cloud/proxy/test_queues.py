"""A crowd in front of a registry that takes no more than so many at once: all wait, and all are served."""

import hashlib
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from components.proxy.front_door_config import ColourBackend, FrontDoorShape, front_door_configuration
from components.proxy.queues import DoorQueue, legacy_queues, modern_queues
from harness.clients.registry_client import Client
from harness.ports import free_port
from harness.proxies.local_proxy import LocalProxy
from harness.proxies.proxied_registry import CERTIFICATE, PEM
from harness.serving import serving
from settings import LegacyCapacity, ModernCapacity

UPLOADS, PULLS, LAYERS = 3, 5, 2
BLOB = f"/v2/team/app/blobs/sha256:{hashlib.sha256(b'').hexdigest()}"
UPLOAD = "/v2/team/app/blobs/uploads/1?_state=2"
LAYER = "/v1/images/" + "ab" * 32 + "/layer"


@dataclass
class SlowRegistry:
    """A registry that takes its time, and counts what goes on at once.

    Attributes:
        most: requests that went on at once, by path.
        released: while it is clear, no upload, pull or layer is answered.
    """

    most: Counter[str] = field(default_factory=Counter)
    released: threading.Event = field(default_factory=threading.Event)
    port: int = 0
    _under_way: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def handle(self, path: str) -> None:
        """Serve one request."""
        with self._lock:
            self._under_way[path] += 1
            self.most[path] = max(self.most[path], self._under_way[path])
        if path.startswith((BLOB, UPLOAD, LAYER)):
            self.released.wait(20)
            time.sleep(0.02)
        with self._lock:
            self._under_way[path] -= 1

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Serve while the context lasts."""

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_ANY(handler) -> None:  # noqa: N805
                length = int(handler.headers.get("Content-Length", 0))
                content = handler.rfile.read(length)
                if handler.path not in ("/", "/v1/_ping"):
                    self.handle(handler.path)
                handler.send_response(200)
                handler.send_header("Content-Length", str(len(content)))
                handler.end_headers()
                handler.wfile.write(content)

            do_GET = do_HEAD = do_PUT = do_PATCH = do_DELETE = do_ANY  # noqa: N815

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.request_queue_size = 128
        self.port = server.server_port
        with serving(server):
            try:
                yield
            finally:
                self.released.set()


@pytest.fixture
def registry() -> Iterator[SlowRegistry]:
    registry = SlowRegistry()
    with registry.serving():
        yield registry


@contextmanager
def door(
    folder: Path, registry: SlowRegistry, queues: tuple[DoorQueue, ...], *, colours: bool = True
) -> Iterator[Client]:
    """A front door in front of the registry, or of its only colour."""
    target = (ColourBackend("red", registry.port, queues=queues),) if colours else registry.port
    shape = FrontDoorShape(
        "modern", "127.0.0.1", free_port(), target,
        prefixes=("/v1/", "/v2/"), queues=() if colours else queues,
    )  # fmt: skip
    folder.joinpath("live.map").write_text("modern red\n")
    files = {"front-modern.cfg": front_door_configuration(shape), "front-modern.pem": PEM}
    with LocalProxy(folder).running(files):
        yield Client("127.0.0.1", shape.port, CERTIFICATE.authority)


def send(client: Client, method: str, path: str, size: int = 0) -> int:
    """Send a request on a connection of its own; the status."""
    connection = client.connect()
    try:
        connection.request(method, path, b"b" * size)
        response = connection.getresponse()
        content = response.read()
        assert method != "PATCH" or len(content) == size
        return response.status
    finally:
        connection.close()


@pytest.mark.parametrize("colours", [True, False])
def test_a_crowd_waits_at_the_door_and_is_served(
    tmp_path: Path, registry: SlowRegistry, colours: bool
) -> None:
    queues = tuple(modern_queues(ModernCapacity(UPLOADS, PULLS), registry.port, registry.port))
    requests = [("PATCH", UPLOAD, 200_000)] * 30 + [("GET", BLOB, 0)] * 40
    with door(tmp_path, registry, queues, colours=colours) as client, ThreadPoolExecutor(70) as crowd:
        pending = [crowd.submit(send, client, *request) for request in requests]
        await_counts(registry, {UPLOAD: UPLOADS, BLOB: PULLS})
        assert client.status("/v2/") == 200, "what is small goes past the queues"
        registry.released.set()
        assert Counter(sent.result(60) for sent in pending) == {200: len(requests)}
    assert (registry.most[UPLOAD], registry.most[BLOB]) == (UPLOADS, PULLS)


def await_counts(registry: SlowRegistry, counts: dict[str, int]) -> None:
    """Wait until so many requests are under way, then a moment more: no further one may come."""
    end = time.monotonic() + 20
    while any(registry.most[path] < count for path, count in counts.items()):
        assert time.monotonic() < end, registry.most
        time.sleep(0.02)
    time.sleep(0.3)


def test_a_client_that_goes_while_it_waits_leaves_the_queue(tmp_path: Path, registry: SlowRegistry) -> None:
    queues = tuple(modern_queues(ModernCapacity(1, 1), registry.port, registry.port))
    with door(tmp_path, registry, queues) as client, ThreadPoolExecutor(4) as crowd:
        first = crowd.submit(send, client, "PATCH", UPLOAD, 10)
        end = time.monotonic() + 20
        while not registry.most[UPLOAD]:
            assert time.monotonic() < end
            time.sleep(0.02)
        reclaiming = client.connect()
        reclaiming.request("PATCH", UPLOAD, b"gone")
        reclaiming.close()
        last = crowd.submit(send, client, "PATCH", UPLOAD, 10)
        time.sleep(0.3)
        registry.released.set()
        assert (first.result(30), last.result(30)) == (200, 200)


def test_layers_of_the_legacy_registry_wait_as_well(tmp_path: Path, registry: SlowRegistry) -> None:
    queues = tuple(legacy_queues(LegacyCapacity(8, LAYERS, 1024), registry.port))
    with door(tmp_path, registry, queues) as client, ThreadPoolExecutor(16) as crowd:
        pending = [crowd.submit(send, client, method, LAYER) for method in ("PUT", "GET") * 8]
        await_counts(registry, {LAYER: LAYERS})
        registry.released.set()
        assert Counter(sent.result(30) for sent in pending) == {200: 16}
    assert registry.most[LAYER] == LAYERS


@pytest.mark.parametrize(
    ("method", "path", "server"),
    [
        ("GET", BLOB, "red-pulls"),
        ("GET", BLOB.replace(":", "%3A"), "red-pulls"),
        ("DELETE", BLOB, "red-pulls"),
        ("HEAD", BLOB, "red"),
        ("PATCH", UPLOAD, "red-uploads"),
        ("PUT", UPLOAD, "red-uploads"),
        ("GET", "/v2/team/app/manifests/1", "red"),
        ("GET", "/v2/", "red"),
    ],
)
def test_each_kind_has_its_queue(
    method: str, path: str, server: str, tmp_path: Path, registry: SlowRegistry
) -> None:
    registry.released.set()
    queues = tuple(modern_queues(ModernCapacity(UPLOADS, PULLS), registry.port, registry.port))
    with door(tmp_path, registry, queues) as client:
        assert send(client, method, path) == 200
        assert f" front-modern-red/{server} " in LocalProxy(tmp_path).finished_lines()[-1]
