"""A certificate authority of an operator's own, with one key for the registry."""

import ipaddress
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _known_as(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


class OwnAuthority:
    """Issues certificates for one key.

    Attributes:
        certificate: PEM of the authority.
        private_key: PEM of the registry's key.
        serial: of the certificate issued last.
    """

    def __init__(self) -> None:
        self._key, self._registry = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        builder = self._builder("an operator", self._key).add_extension(
            x509.BasicConstraints(ca=True, path_length=None), critical=True
        )
        self.certificate = self._signed(builder)
        self.private_key = self._registry.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()
        self.serial = 0

    def issue(self, name: str) -> str:
        """A new certificate for a name or an address, as PEM."""
        builder = self._builder(name, self._registry).add_extension(
            x509.SubjectAlternativeName([_known_as(name)]), critical=False
        )
        text = self._signed(builder)
        self.serial = x509.load_pem_x509_certificate(text.encode()).serial_number
        return text

    def _builder(self, subject: str, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(_name(subject))
            .issuer_name(_name("an operator"))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(days=30))
        )

    def _signed(self, builder: x509.CertificateBuilder) -> str:
        certificate = builder.sign(self._key, hashes.SHA256())
        return certificate.public_bytes(serialization.Encoding.PEM).decode()
