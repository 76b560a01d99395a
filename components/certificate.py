"""The registry's certificate authority and certificate, derived from one secret and the date.

ECDSA signs deterministically (RFC 6979), and keys are derived by HKDF (RFC 5869): the same secret, addresses
and year of the stack give the same bytes, so that `pulumi up` finds nothing changed, no file needs keeping,
and a registry restarted on another server with the same object store is trusted by every client at once.
P-256 and not Ed25519, since web certificate policy, and with it strict verifiers, knows the former only.
"""

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

# A choice: fixed dates, since clients keep the authority.
_AUTHORITY_BEGIN = datetime(2025, 1, 1, tzinfo=UTC)
_AUTHORITY_END = datetime(2045, 1, 1, tzinfo=UTC)
# Choices: a server's certificate is another one every year, and then lasts for 425 days at least, so that a
# stack may go without `pulumi up` for that long. It is valid from a month before, for clients whose clock is
# late. Apple's clients refuse more than 825 days, of private authorities as well (support.apple.com/103769).
PERIOD = timedelta(days=365)
VALIDITY = timedelta(days=820)
_HEAD_START = timedelta(days=30)
_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@dataclass(frozen=True)
class Certificate:
    """PEM texts.

    Attributes:
        authority: the authority's certificate; public.
        certificate: the server's certificate with its chain, as it is sent; public.
        private_key: the server's private key; secret.
    """

    authority: str
    certificate: str
    private_key: str

    @property
    def end(self) -> datetime:
        """When the first of the certificates that a server shows expires; aware."""
        shown = x509.load_pem_x509_certificates(self.certificate.encode())
        return min(certificate.not_valid_after_utc for certificate in shown)


def derive(secret: str, purpose: str, length: int = 32) -> bytes:
    """Derive `length` bytes for one purpose from a secret of high entropy (HKDF-SHA256)."""
    return HKDF(hashes.SHA256(), length, salt=None, info=purpose.encode()).derive(secret.encode())


def _key(secret: str, purpose: str) -> ec.EllipticCurvePrivateKey:
    # 48 bytes for a 32 byte scalar keep the bias of the remainder below 2**-128 (FIPS 186-5, A.2.1).
    wide = int.from_bytes(derive(secret, purpose, 48), "big")
    return ec.derive_private_key(wide % (_P256_ORDER - 1) + 1, ec.SECP256R1())


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


@dataclass(frozen=True)
class _Validity:
    begin: datetime
    end: datetime


def _validity(secret: str, now: datetime) -> _Validity:
    """The same for a whole period; periods begin on a day of the year that differs from stack to stack."""
    shift = timedelta(days=int.from_bytes(derive(secret, "certificate period", 8), "big") % PERIOD.days)
    first = _AUTHORITY_BEGIN - PERIOD + shift
    begin = first + (now - first) // PERIOD * PERIOD - _HEAD_START
    return _Validity(begin, begin + VALIDITY)


def _builder(
    subject: str, issuer: str, key: ec.EllipticCurvePrivateKey, serial: bytes, validity: _Validity
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(int.from_bytes(serial[:16], "big") | 1)
        .not_valid_before(validity.begin)
        .not_valid_after(validity.end)
    )


def _name_constraints(domain: str) -> x509.NameConstraints:
    """Limit the DNS names that the authority vouches for to one domain, or to none at all.

    Addresses are not limited: clients keep the authority while servers come and go.
    """
    if domain:
        return x509.NameConstraints([x509.DNSName(domain)], None)
    # The empty name is at the end of every name (RFC 5280, 4.2.1.10).
    return x509.NameConstraints(None, [x509.DNSName("")])


def _authority(key: ec.EllipticCurvePrivateKey, name: str, secret: str, domain: str) -> x509.Certificate:
    usage = x509.KeyUsage(
        digital_signature=True, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    validity = _Validity(_AUTHORITY_BEGIN, _AUTHORITY_END)
    builder = _builder(name, name, key, derive(secret, "authority serial"), validity)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    builder = builder.add_extension(identifier, critical=False)
    builder = builder.add_extension(usage, critical=True)
    purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    builder = builder.add_extension(purpose, critical=False)
    # Not critical: clients of 2014 refuse critical constraints that they cannot read; later ones obey both.
    builder = builder.add_extension(_name_constraints(domain), critical=False)
    return builder.sign(key, hashes.SHA256(), ecdsa_deterministic=True)


def issue(
    secret: str,
    common_name: str,
    addresses: tuple[str, ...],
    names: tuple[str, ...] = (),
    now: datetime | None = None,
    domain: str = "",
) -> Certificate:
    """Issue the registry's certificate; it is the same for a year, and the authority for ever.

    The common name must have no dot: OpenSSL takes one that has for a DNS name, which the authority may not
    vouch for.

    Args:
        secret: the object store's root secret.
        common_name: who the certificate is for, at most 64 characters.
        addresses: IPv4 or IPv6 addresses at which clients reach the registry.
        names: DNS names at which they do.
        now: aware; None is the present.
        domain: whose names the authority may vouch for, with those below it; "" is no DNS name at all.

    Raises:
        ValueError: an address is not one, or the common name has a dot.
    """
    if "." in common_name:
        raise ValueError(f"certificate: the common name must have no dot, got {common_name!r}")
    authority_key = _key(secret, "certificate authority")
    authority_name = f"registry authority {derive(secret, 'authority name').hex()[:8]}"
    authority = _authority(authority_key, authority_name, secret, domain)
    key = _key(secret, f"certificate {common_name}")
    known_as = [
        *(x509.DNSName(name) for name in names),
        *(x509.IPAddress(ipaddress.ip_address(address)) for address in addresses),
    ]
    validity = _validity(secret, now or datetime.now(UTC))
    identity = f"serial {common_name} {' '.join((*addresses, *names))} {validity.begin:%Y-%m-%d}"
    certificate = (
        _builder(common_name, authority_name, key, derive(secret, identity), validity)
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
