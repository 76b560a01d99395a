"""A storage door before a storage with TLS: believed by its name and authority, refused otherwise."""

import contextlib
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from components.proxy.storage_proxy_config import StorageDoorShape, storage_door_configuration
from harness.ports import free_port
from harness.proxies.local_proxy import LocalProxy
from harness.serving import serving


class _Auth(BaseHTTPRequestHandler):
    """Answers a login as SoftLayer's storage does."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("X-Storage-Url", f"https://{self.headers['Host']}/v1/AUTH_a")
        self.send_header("Content-Length", "0")
        self.end_headers()


def certified(folder: Path, host: str) -> Path:
    """A certificate for one name that vouches for itself, with its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "storage")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    form = (
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file = folder / f"{host}.pem"
    file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + key.private_bytes(*form))
    return file


@contextlib.contextmanager
def storage_with_tls(file: Path) -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Auth)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    with serving(server):
        yield server.server_port


@pytest.mark.parametrize(
    ("name", "is_trusted", "expected_status"),
    [("localhost", True, 200), ("other.example.com", True, 503), ("localhost", False, 503)],
)
def test_the_storage_is_believed_by_name_and_authority(
    name: str, is_trusted: bool, expected_status: int, tmp_path: Path
) -> None:
    file = certified(tmp_path, name)
    stranger = certified(tmp_path, "stranger.example.com")
    with storage_with_tls(file) as port:
        shape = StorageDoorShape(
            "swift", f"https://localhost:{port}/auth/v1.0", free_port(), str(file if is_trusted else stranger)
        )
        files = {"storage-swift.cfg": storage_door_configuration(shape)}
        with LocalProxy(tmp_path / "door").running(files):
            answer = httpx.get(shape.door_auth_url, timeout=30)
    assert answer.status_code == expected_status
    assert answer.headers.get("X-Storage-Url", "") == (
        f"{shape.door}/v1/AUTH_a" if expected_status == 200 else ""
    )
