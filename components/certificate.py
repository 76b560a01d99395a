"""The registry's certificate authority and certificate, derived from one secret.

ECDSA signs deterministically (RFC 6979), and keys are derived by HKDF (RFC 5869): the same secret and
addresses give the same bytes, so that `pulumi up` finds nothing changed, no file needs keeping, and a
registry restarted on another server with the same object store is trusted by every client at once. P-256
and not Ed25519, since the web's certificate policy, and with it strict verifiers, knows only the former.
"""

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

# A choice: fixed dates, since a date taken from the clock would change the certificate at every run.
_NOT_BEFORE = datetime(2025, 1, 1, tzinfo=UTC)
_NOT_AFTER = datetime(2045, 1, 1, tzinfo=UTC)
_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@dataclass(frozen=True)
class Certificate:
    """PEM texts: the authority's certificate (public), the server's certificate, its private key (secret)."""

    authority: str
    certificate: str
    private_key: str


def derive(secret: str, purpose: str, length: int = 32) -> bytes:
    """Derive `length` bytes for one purpose from a secret of high entropy (HKDF-SHA256)."""
    return HKDF(hashes.SHA256(), length, salt=None, info=purpose.encode()).derive(secret.encode())


def _key(secret: str, purpose: str) -> ec.EllipticCurvePrivateKey:
    # 48 bytes for a 32 byte scalar keep the bias of the remainder below 2**-128 (FIPS 186-5, A.2.1).
    wide = int.from_bytes(derive(secret, purpose, 48), "big")
    return ec.derive_private_key(wide % (_P256_ORDER - 1) + 1, ec.SECP256R1())


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _builder(
    subject: str, issuer: str, key: ec.EllipticCurvePrivateKey, serial: bytes
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(int.from_bytes(serial[:16], "big") | 1)
        .not_valid_before(_NOT_BEFORE)
        .not_valid_after(_NOT_AFTER)
    )


def _authority(key: ec.EllipticCurvePrivateKey, name: str, secret: str) -> x509.Certificate:
    usage = x509.KeyUsage(
        digital_signature=True, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    builder = _builder(name, name, key, derive(secret, "authority serial"))
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    builder = builder.add_extension(identifier, critical=False)
    return builder.add_extension(usage, critical=True).sign(key, hashes.SHA256(), ecdsa_deterministic=True)


def issue(
    secret: str, common_name: str, addresses: tuple[str, ...], names: tuple[str, ...] = ()
) -> Certificate:
    """Issue the registry's certificate.

    Args:
        secret: the object store's root secret.
        common_name: who the certificate is for, at most 64 characters.
        addresses: IPv4 or IPv6 addresses at which clients reach the registry.
        names: DNS names at which they do.

    Raises:
        ValueError: an address is not one.
    """
    authority_key = _key(secret, "certificate authority")
    authority_name = f"registry authority {derive(secret, 'authority name').hex()[:8]}"
    authority = _authority(authority_key, authority_name, secret)
    key = _key(secret, f"certificate {common_name}")
    known_as = [
        *(x509.DNSName(name) for name in names),
        *(x509.IPAddress(ipaddress.ip_address(address)) for address in addresses),
    ]
    identity = f"serial {common_name} {' '.join((*addresses, *names))}"
    certificate = (
        _builder(common_name, authority_name, key, derive(secret, identity))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(known_as), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False
        )
        .sign(authority_key, hashes.SHA256(), ecdsa_deterministic=True)
    )
    pem = serialization.Encoding.PEM
    return Certificate(
        authority=authority.public_bytes(pem).decode(),
        certificate=certificate.public_bytes(pem).decode(),
        private_key=key.private_bytes(
            pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode(),
    )
