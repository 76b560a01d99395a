"""The registry's certificate authority and certificate, derived from one secret and the date.

ECDSA signs deterministically (RFC 6979), and keys are derived by HKDF (RFC 5869): the same secret, addresses
and year of the stack give the same bytes, so that `pulumi up` finds nothing changed, no file needs keeping,
and a registry restarted on another server with the same object store is trusted by every client at once.
P-256 and not Ed25519, since web certificate policy, and with it strict verifiers, knows the former only.
"""

import ipaddress
from dataclasses import dataclass, field
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
        authority: Certificate of the authority. Public.
        certificate: The server's certificate with its chain, as it is sent. Public.
        private_key: The server's private key. Secret.
    """

    authority: str
    certificate: str
    private_key: str

    @property
    def end(self) -> datetime:
        """Time at which the first certificate of the server's chain expires; timezone-aware."""
        chain = x509.load_pem_x509_certificates(self.certificate.encode())
        return min(certificate.not_valid_after_utc for certificate in chain)


@dataclass(frozen=True)
class Issuer:
    """What a stack's certificates are derived from.

    Attributes:
        secret: The root secret. Secret.
        authority: Generation of the authority.
        leaf: Generation of the servers' keys.
        before: Issuer before it, while clients may trust either authority; None otherwise.
    """

    secret: str = field(repr=False)
    authority: int = 1
    leaf: int = 1
    before: "Issuer | None" = None


def of_generation(purpose: str, generation: int) -> str:
    """Return the label of a purpose's secret: the first generation has the purpose's own."""
    return purpose if generation == 1 else f"{purpose}, generation {generation}"


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
    subject: str, issuer: str, key: ec.EllipticCurvePublicKey, serial: bytes, validity: _Validity
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .public_key(key)
        .serial_number(int.from_bytes(serial[:16], "big") | 1)
        .not_valid_before(validity.begin)
        .not_valid_after(validity.end)
    )


@dataclass(frozen=True)
class _Authority:
    """One generation of an authority: its key, its name, its certificate."""

    key: ec.EllipticCurvePrivateKey
    name: str
    certificate: x509.Certificate


def _authority_of(issuer: Issuer, domain: str) -> _Authority:
    """Derive an authority; it signs itself."""
    key, name = _authority_key(issuer), _authority_name(issuer)
    signer = _Signer(key, name, issuer)
    return _Authority(key, name, _authority_certificate(key.public_key(), name, signer, domain))


def _authority_key(issuer: Issuer) -> ec.EllipticCurvePrivateKey:
    return _key(issuer.secret, of_generation("certificate authority", issuer.authority))


def _authority_name(issuer: Issuer) -> str:
    identity = derive(issuer.secret, of_generation("authority name", issuer.authority)).hex()[:8]
    return f"registry authority {identity}"


@dataclass(frozen=True)
class _Signer:
    """Who signs: key, name, and what its serial numbers are derived from."""

    key: ec.EllipticCurvePrivateKey
    name: str
    issuer: Issuer


def _cross_signed(authority: _Authority, before: Issuer, domain: str) -> x509.Certificate:
    """The same authority as the one before it vouches for it, for clients that trust that one alone."""
    signer = _Signer(_authority_key(before), _authority_name(before), before)
    return _authority_certificate(authority.key.public_key(), authority.name, signer, domain)


def _name_constraints(domain: str) -> x509.NameConstraints:
    """Limit the DNS names that the authority vouches for to one domain, or to none at all.

    Addresses are not limited: clients keep the authority while servers come and go.
    """
    if domain:
        return x509.NameConstraints([x509.DNSName(domain)], None)
    # The empty name is at the end of every name (RFC 5280, 4.2.1.10).
    return x509.NameConstraints(None, [x509.DNSName("")])


def _authority_certificate(
    public_key: ec.EllipticCurvePublicKey, name: str, signer: _Signer, domain: str
) -> x509.Certificate:
    usage = x509.KeyUsage(
        digital_signature=True, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    is_own = name == signer.name
    validity = _Validity(_AUTHORITY_BEGIN, _AUTHORITY_END)
    serial = derive(signer.issuer.secret, of_generation("authority serial", signer.issuer.authority))
    if not is_own:
        serial = derive(signer.issuer.secret, f"serial {name}")
    # One more authority below it: that of the next generation, which it vouches for during a rotation.
    constraints = x509.BasicConstraints(ca=True, path_length=1 if is_own else 0)
    builder = _builder(name, signer.name, public_key, serial, validity)
    builder = builder.add_extension(constraints, critical=True)
    identifier = x509.SubjectKeyIdentifier.from_public_key(public_key)
    builder = builder.add_extension(identifier, critical=False)
    if not is_own:
        own = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.key.public_key())
        builder = builder.add_extension(own, critical=False)
    builder = builder.add_extension(usage, critical=True)
    purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    builder = builder.add_extension(purpose, critical=False)
    # Not critical: clients of 2014 refuse critical constraints that they cannot read; later ones obey both.
    builder = builder.add_extension(_name_constraints(domain), critical=False)
    return builder.sign(signer.key, hashes.SHA256(), ecdsa_deterministic=True)


def issue(
    issuer: Issuer,
    common_name: str,
    addresses: tuple[str, ...],
    names: tuple[str, ...] = (),
    now: datetime | None = None,
    domain: str = "",
) -> Certificate:
    """Issue the registry's certificate; it is the same for a year, and the authority until it is rotated.

    While an authority follows another one, `authority` has both, and the chain has the new one as the one
    before vouches for it: clients that trust either accept the server.

    The common name must have no dot: OpenSSL takes one that has for a DNS name, which the authority may not
    vouch for.

    Args:
        issuer: Issuer from which the certificate is derived.
        common_name: Name that the certificate is for, at most 64 characters.
        addresses: IPv4 or IPv6 addresses at which clients reach the registry.
        names: DNS names at which clients reach the registry.
        now: Time of issue, aware; None is the present.
        domain: Domain whose names the authority may vouch for, with those below it; "" allows no DNS name at
            all.

    Raises:
        ValueError: An address is not one, or the common name has a dot.
    """
    if "." in common_name:
        raise ValueError(f"certificate: the common name must have no dot, got {common_name!r}")
    secret, authority = issuer.secret, _authority_of(issuer, domain)
    leaf = of_generation(common_name, issuer.leaf)
    key = _key(secret, f"certificate {leaf}")
    known_as = [
        *(x509.DNSName(name) for name in names),
        *(x509.IPAddress(ipaddress.ip_address(address)) for address in addresses),
    ]
    validity = _validity(secret, now or datetime.now(UTC))
    identity = f"serial {leaf} {' '.join((*addresses, *names))} {validity.begin:%Y-%m-%d}"
    serial = derive(secret, of_generation(identity, issuer.authority))
    certificate = (
        _builder(common_name, authority.name, key.public_key(), serial, validity)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(known_as), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()), critical=False
        )
        .sign(authority.key, hashes.SHA256(), ecdsa_deterministic=True)
    )
    pem = serialization.Encoding.PEM
    trusted, chain = [authority.certificate], [certificate]
    if issuer.before is not None:
        trusted.append(_authority_of(issuer.before, domain).certificate)
        chain.append(_cross_signed(authority, issuer.before, domain))
    return Certificate(
        authority="".join(link.public_bytes(pem).decode() for link in trusted),
        certificate="".join(link.public_bytes(pem).decode() for link in chain),
        private_key=key.private_bytes(
            pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode(),
    )
