"""Certificates of any shape, right and wrong ones, and a client that meets them: OpenSSL's, in memory."""

import ipaddress
import ssl
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
HOST = "registry.example.com"


@cache
def key_of(name: str) -> ec.EllipticCurvePrivateKey:
    """The key of a name, the same each time."""
    assert name
    return ec.generate_private_key(ec.SECP256R1())


@dataclass(frozen=True)
class Shape:
    """What a certificate is made of; the defaults make a leaf that every client takes.

    Attributes:
        subject: its name, which has a key of its own unless `key` says otherwise.
        issuer: who signs; by default itself.
        ca: basicConstraints, None for none.
        usages: of extended key usage, empty for none.
        begin: days from now.
        end: days from now.
    """

    subject: str
    issuer: str = ""
    ca: bool | None = False
    path_length: int | None = None
    usages: tuple[x509.ObjectIdentifier, ...] = (ExtendedKeyUsageOID.SERVER_AUTH,)
    signs: bool | None = None
    begin: float = -30
    end: float = 60
    hosts: tuple[str, ...] = (HOST, "*.wild.example.com", "10.0.0.1")
    key: Key | None = None
    signer: Key | None = None


def ca(subject: str, issuer: str = "", **changes: object) -> Shape:
    """An authority's certificate."""
    values: dict[str, object] = {"ca": True, "usages": (), "hosts": (), **changes}
    return Shape(subject, issuer, **values)  # type: ignore[arg-type]


def issue(shape: Shape, now: datetime | None = None) -> str:
    """The certificate as PEM."""
    now = now or datetime.now(UTC)
    key = shape.key or key_of(shape.subject)
    signer = shape.signer or (key_of(shape.issuer) if shape.issuer else key)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(shape.subject))
        .issuer_name(_name(shape.issuer or shape.subject))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=shape.begin))
        .not_valid_after(now + timedelta(days=shape.end))
    )
    for extension, critical in _extensions(shape):
        builder = builder.add_extension(extension, critical=critical)
    return pem(builder.sign(signer, hashes.SHA256()))


def _extensions(shape: Shape) -> list[tuple[x509.ExtensionType, bool]]:
    extensions: list[tuple[x509.ExtensionType, bool]] = []
    if shape.ca is not None:
        extensions.append((x509.BasicConstraints(shape.ca, shape.path_length if shape.ca else None), True))
    if shape.usages:
        extensions.append((x509.ExtendedKeyUsage(shape.usages), False))
    if shape.signs is not None:
        extensions.append(
            (
                x509.KeyUsage(
                    digital_signature=True, content_commitment=False, key_encipherment=False,
                    data_encipherment=False, key_agreement=False, key_cert_sign=shape.signs,
                    crl_sign=False, encipher_only=False, decipher_only=False,
                ),
                True,
            )
        )  # fmt: skip
    if shape.hosts:
        extensions.append((x509.SubjectAlternativeName([_general(host) for host in shape.hosts]), False))
    return extensions


def _general(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def key_pem(key: Key, password: bytes | None = None) -> str:
    encryption = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)
    return key.private_bytes(*form).decode()


def client_takes(chain: str, private_key: str, authority: str, host: str = HOST) -> bool:
    """Whether OpenSSL, as `operate` and curl use it, takes what a server shows: a handshake in memory."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "server.pem"
        file.write_text(f"{chain}{private_key}")
        serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        try:
            serving.load_cert_chain(file)
        except ssl.SSLError:
            return False
    asking = ssl.create_default_context(cadata=authority)
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = asking.wrap_bio(to_client, to_server, server_hostname=host)
    server = serving.wrap_bio(to_server, to_client, server_side=True)
    done = {client: False, server: False}
    for _ in range(10):
        for end in done:
            try:
                end.do_handshake()
                done[end] = True
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLError:
                return False
    return all(done.values())
