"""An order whose answer breaks within TLS: urllib3 repeats it, whatever its method, unless told not to."""

import datetime
import ipaddress
import os
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from provider.errors import InterruptedCallError, UnreachableError
from provider.softlayer.api import official_client
from provider.softlayer.faults import as_api_error
from tests.support.provider.provider_session import SETTINGS


def certificate(file: Path) -> None:
    """A key and its own certificate for 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))


class Garbling:
    """A server that takes each request whole and answers with what is no TLS."""

    def __init__(self, file: Path) -> None:
        self.count = 0
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(file)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                plain, _ = self._listener.accept()
            except OSError:
                return
            try:
                secured = self._context.wrap_socket(plain, server_side=True)
            except ssl.SSLError:
                continue
            with secured:
                got = b""
                while not got.endswith(b"</methodCall>\n"):
                    got += secured.recv(65536)
                self.count += 1
                with socket.socket(fileno=os.dup(secured.fileno())) as beneath:
                    beneath.sendall(b"\x17\x03\x03\x00\x20" + b"x" * 32)

    def close(self) -> None:
        self._listener.close()


@pytest.fixture
def garbling(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Garbling]:
    file = tmp_path / "server.pem"
    certificate(file)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(file))
    server = Garbling(file)
    yield server
    server.close()


def test_a_certificate_that_is_not_believed_means_that_nothing_was_sent(
    garbling: Garbling, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    url = f"https://127.0.0.1:{garbling.port}/xmlrpc/v3.1/"
    with pytest.raises(Exception, match="certificate") as raised:
        official_client(replace(SETTINGS, endpoint_url=url)).call("Virtual_Guest", "createObject", {})
    assert garbling.count == 0
    assert type(as_api_error("Virtual_Guest::createObject", url, raised.value)) is UnreachableError


def test_an_order_whose_answer_breaks_within_tls_is_sent_once_and_counts_as_interrupted(
    garbling: Garbling,
) -> None:
    url = f"https://127.0.0.1:{garbling.port}/xmlrpc/v3.1/"
    client = official_client(replace(SETTINGS, endpoint_url=url))
    with pytest.raises(Exception, match="SSL") as raised:
        client.call("Virtual_Guest", "createObject", {"hostname": "web"})
    assert garbling.count == 1
    assert type(as_api_error("Virtual_Guest::createObject", url, raised.value)) is InterruptedCallError
