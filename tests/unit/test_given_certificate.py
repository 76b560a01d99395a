"""A certificate given: taken when a client would take it, refused with every reason otherwise."""

import ipaddress
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from components.certificate import Certificate
from components.given_certificate import given

NOW = datetime(2030, 6, 1, tzinfo=UTC)
Key = ec.EllipticCurvePrivateKey


def name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def signed(
    subject: str, key: Key, issuer: str, signer: Key, *, ca: bool, until: datetime
) -> x509.Certificate:
    names = [
        x509.DNSName("registry.example.com"),
        x509.DNSName("*.wild.example.com"),
        x509.IPAddress(ipaddress.ip_address("10.0.0.1")),
    ]
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=30))
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )
    if not ca:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(signer, hashes.SHA256())


def pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def key_pem(key: Key, password: bytes | None = None) -> str:
    encryption = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)
    return key.private_bytes(*form).decode()


ROOT, MIDDLE, LEAF, OTHER = (ec.generate_private_key(ec.SECP256R1()) for _ in range(4))
FAR = NOW + timedelta(days=30)
AUTHORITY = pem(signed("root", ROOT, "root", ROOT, ca=True, until=FAR))
BETWEEN = pem(signed("middle", MIDDLE, "root", ROOT, ca=True, until=FAR))
SERVER = pem(signed("server", LEAF, "middle", MIDDLE, ca=False, until=FAR))
KEY = key_pem(LEAF)


@pytest.mark.parametrize(
    "addresses",
    [("10.0.0.1",), ("registry.example.com",), ("Registry.Example.com", "a.wild.example.com"), ()],
)
def test_what_covers_every_address_is_taken(addresses: tuple[str, ...]) -> None:
    taken = given(f"{SERVER}{BETWEEN}".rstrip(), KEY, AUTHORITY, addresses, NOW)
    assert taken == Certificate(AUTHORITY, f"{SERVER}{BETWEEN}", KEY)


def test_a_known_authority_needs_not_be_given() -> None:
    assert given(f"{SERVER}{BETWEEN}", KEY, "", ("10.0.0.1",), NOW).authority == ""


@pytest.mark.parametrize(
    ("chain", "key", "authority", "address", "now", "said"),
    [
        (SERVER, key_pem(OTHER), "", "10.0.0.1", NOW, "is the key of another certificate"),
        (SERVER, key_pem(LEAF, b"secret"), "", "10.0.0.1", NOW, "no private key in PEM without a password"),
        (SERVER, "nothing", "", "10.0.0.1", NOW, "no private key in PEM"),
        (SERVER, KEY, "", "10.0.0.1", FAR, "expired on 2030-07-01 00:00 UTC"),
        (SERVER, KEY, "", "10.0.0.1", NOW - timedelta(days=31), "valid from 2030-05-02 00:00 UTC on only"),
        (SERVER, KEY, "", "10.0.0.2", NOW, "not for 10.0.0.2"),
        (SERVER, KEY, "", "wild.example.com", NOW, "not for wild.example.com"),
        (SERVER, KEY, "", "b.a.wild.example.com", NOW, "not for b.a.wild.example.com"),
        (f"{BETWEEN}{SERVER}", key_pem(MIDDLE), "", "10.0.0.1", NOW, "is for no name"),
        (SERVER, KEY, AUTHORITY, "10.0.0.1", NOW, "is not issued by 'CN=root'"),
        ("nothing", KEY, "", "10.0.0.1", NOW, "is no certificate in PEM"),
        (SERVER, KEY, "nothing", "10.0.0.1", NOW, "registryCertificateAuthority: is no certificate"),
    ],
)
def test_what_a_client_would_refuse_is_refused(
    chain: str, key: str, authority: str, address: str, now: datetime, said: str
) -> None:
    with pytest.raises(ValueError) as refused:
        given(chain, key, authority, (address,), now)
    assert said in str(refused.value)
    assert "PRIVATE KEY" not in str(refused.value)


def test_every_reason_is_said_at_once() -> None:
    with pytest.raises(ValueError) as refused:
        given(f"{SERVER}{AUTHORITY}", key_pem(OTHER), "", ("10.0.0.2",), FAR)
    told = str(refused.value)
    assert all(
        part in told for part in ("another certificate", "expired", "not issued by", "not for 10.0.0.2")
    )
