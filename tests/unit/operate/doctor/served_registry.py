"""A registry's outside, over TLS: its certificate, its password, its time, and how it answers a listing."""

import base64
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from harness.serving import serving
from tests.support.authorities import Shape, ca, issue, key_of, key_pem

USER, PASSWORD = "docker", "a long password"
AUTHORITY = issue(ca("root"))


@dataclass(frozen=True)
class RegistryBehaviour:
    """How it answers.

    Attributes:
        end: days until its certificate expires; negative where it has.
        issuer: name of the authority.
        date: its header Date; "" is the right one.
        listing: status of a listing of repositories.
        listing_seconds: that it takes.
        hosts: in its certificate.
    """

    end: float = 60.5
    issuer: str = "root"
    date: str = ""
    listing: int = 200
    listing_seconds: float = 0.0
    hosts: tuple[str, ...] = ("127.0.0.1", "localhost")


@contextmanager
def serve_registry(folder: Path, behaviour: RegistryBehaviour | None = None) -> Iterator[str]:
    """Serve it; yields `https://127.0.0.1:PORT`."""
    how = behaviour or RegistryBehaviour()
    file = folder / "server.pem"
    shape = Shape("server", how.issuer, end=how.end, hosts=how.hosts)
    file.write_text(issue(shape) + key_pem(key_of("server")))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    expected = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            authorized = self.headers.get("Authorization") == expected
            status = how.listing if "_catalog" in self.path else 200
            time.sleep(how.listing_seconds if "_catalog" in self.path else 0.0)
            self.send_response(status if authorized else 401)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def date_time_string(self, timestamp: float | None = None) -> str:
            return how.date or super().date_time_string(timestamp)

        do_GET = do_HEAD = _answer  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    with serving(server):
        yield f"https://127.0.0.1:{server.server_port}"
