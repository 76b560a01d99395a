"""A web server for files, over TLS by an authority of the test's own, or without."""

import contextlib
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from components.access.certificate import Issuer, issue
from harness.serving import serving

HOST_TRUST = Path("/etc/ssl/certs/ca-certificates.crt")


@dataclass(frozen=True)
class Authority:
    """An authority and one certificate of it: PEM files."""

    folder: Path
    address: str

    @property
    def trust(self) -> Path:
        """What the host trusts, and this authority."""
        return self.folder / "trust.pem"

    def make(self) -> None:
        certificate = issue(Issuer("a test's own secret"), "scripts", (self.address,))
        (self.folder / "chain.pem").write_text(certificate.certificate)
        (self.folder / "key.pem").write_text(certificate.private_key)
        host = HOST_TRUST.read_text() if HOST_TRUST.is_file() else ""
        self.trust.write_text(f"{host}\n{certificate.authority}")

    def context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / "chain.pem", self.folder / "key.pem")
        return context


@contextlib.contextmanager
def served(address: str, files: Mapping[str, bytes], authority: Authority | None) -> Iterator[str]:
    """Serve files by their paths until the context ends; gives the base URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = files.get(self.path)
            self.send_response(200 if content is not None else 404)
            self.end_headers()
            self.wfile.write(content or b"")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Nothing."""

    server = ThreadingHTTPServer((address, 0), Handler)
    if authority:
        server.socket = authority.context().wrap_socket(server.socket, server_side=True)
    with serving(server):
        yield f"{'https' if authority else 'http'}://{address}:{server.server_port}"
