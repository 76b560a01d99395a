"""A migration's requests go to the registry and, as reads without credentials, to its storage."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO

import pytest

from harness.serving import serving
from operate.error import OperateError
from operate.migration.access import RegistryAccess
from operate.migration.target.conversion import Blob
from operate.migration.target.registry import RegistryError, V2Registry
from operate.servers.pinned_transport import ForeignOriginError

DIGEST = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@dataclass
class Place:
    """An HTTP server that records what comes.

    Attributes:
        location: where it redirects all requests; "" answers 200.
        requests: methods, with whether credentials came.
    """

    location: str = ""
    requests: list[tuple[str, bool]] = field(default_factory=list)
    origin: str = ""


def server_of(place: Place) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            place.requests.append((self.command, "Authorization" in self.headers))
            self.send_response(307 if place.location else 200)
            if place.location:
                self.send_header("Location", f"{place.location}{self.path}")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    for method in ("GET", "HEAD", "POST", "PUT", "PATCH"):
        setattr(Handler, f"do_{method}", Handler.handle_any)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    place.origin = f"http://127.0.0.1:{server.server_address[1]}"
    return server


@pytest.fixture
def locations() -> Iterator[tuple[Place, Place]]:
    """A registry that redirects, and where it leads."""
    registry, elsewhere = Place(), Place()
    with serving(server_of(registry)), serving(server_of(elsewhere)):
        registry.location = elsewhere.origin
        yield registry, elsewhere


def client(registry: Place, *storage_origins: str) -> V2Registry:
    access = RegistryAccess(registry.origin, "docker", "a password", "", storage_origins)
    return V2Registry(access, lambda _: None)


def test_reads_follow_into_the_storage_without_credentials(locations: tuple[Place, Place]) -> None:
    registry, storage = locations
    migration = client(registry, storage.origin)
    assert migration.blob("app", DIGEST) == Blob(DIGEST, 0)
    assert migration.download("app", DIGEST, lambda _: None) == DIGEST
    assert storage.requests == [("HEAD", False), ("GET", False)]
    migration.close()


def test_reads_follow_nowhere_else(locations: tuple[Place, Place]) -> None:
    registry, stranger = locations
    migration = client(registry, "https://storage.example.com")
    with pytest.raises(ForeignOriginError, match="refused"):
        migration.blob("app", DIGEST)
    with pytest.raises(ForeignOriginError, match="refused"):
        migration.download("app", DIGEST, lambda _: None)
    assert stranger.requests == []
    migration.close()


def test_no_content_of_the_operators_is_redirected(locations: tuple[Place, Place]) -> None:
    """Not into the storage either: a registry takes uploads itself."""
    registry, storage = locations
    migration = client(registry, storage.origin)
    with pytest.raises(RegistryError, match="status 307"):
        migration.put_manifest("app", "1", b"{}")
    with pytest.raises(RegistryError, match="status 307"):
        migration.upload("app", Blob(DIGEST, 0), BytesIO(), lambda _: None, lambda _: None)
    assert storage.requests == []
    migration.close()


@pytest.mark.parametrize("origin", ["", "storage.example.com", "https://a/path", "ftp://a", "https://u:p@a"])
def test_a_storage_is_named_by_its_origin(origin: str) -> None:
    with pytest.raises(OperateError, match="--storage-origin"):
        RegistryAccess("https://registry.example.com:5000", "docker", "x", "", (origin,))
