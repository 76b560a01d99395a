"""The path from a server's certificate to a root that clients trust, built as clients build it.

The order in which certificates are listed means nothing to it. The rules are those of Go's crypto/x509, which
Docker and containerd have, and of OpenSSL; where they differ, the stricter one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from messages.count import format_count

_SERVER = {ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE}
# OpenSSL's security level 2, the default of Debian and Ubuntu; Go refuses SHA-1 as well.
_SHORTEST_RSA = 2048
_BROKEN_HASHES = (hashes.MD5, hashes.SHA1)
# A bundle of certificates that vouch for each other has exponentially many paths.
_MOST_PATHS = 64

Path = tuple[x509.Certificate, ...]


@dataclass(frozen=True)
class Pool:
    """Certificates by what they may be used for.

    Attributes:
        bundle: Certificates that the server may send besides its own.
        authorities: Roots that the operator gives to clients.
        well_known: Roots that clients know anyway.
    """

    bundle: Sequence[x509.Certificate]
    authorities: Sequence[x509.Certificate]
    well_known: Sequence[x509.Certificate]

    def is_trusted(self, certificate: x509.Certificate) -> bool:
        """Whether clients trust a root."""
        return certificate in self.authorities or certificate in self.well_known

    def issuers_of(self, certificate: x509.Certificate) -> list[x509.Certificate]:
        """Who signed a certificate, roots first."""
        candidates = dict.fromkeys((*self.authorities, *self.well_known, *self.bundle))
        issuers = [issuer for issuer in candidates if is_issued_by(certificate, issuer)]
        return sorted(issuers, key=lambda issuer: not is_self_issued(issuer))


def is_issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether the names agree and the signature is the issuer's."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def is_self_issued(certificate: x509.Certificate) -> bool:
    """Whether it names itself as its issuer, as roots do."""
    return certificate.issuer == certificate.subject


def describe(certificate: x509.Certificate) -> str:
    """The certificate's subject, for a message."""
    return repr(certificate.subject.rfc4514_string() or f"serial {certificate.serial_number:x}")


def find_path(leaf: x509.Certificate, pool: Pool, now: datetime) -> tuple[Path, list[str]]:
    """Return the best path from a server's certificate to a trusted root, and what is wrong with it.

    Args:
        leaf: The server's certificate.
        pool: Everything that can stand in the path.
        now: Time at which each certificate must be valid, aware.
    """
    judged = [
        (path, _path_problems(path, now))
        for path, _ in zip(_paths((leaf,), pool), range(_MOST_PATHS), strict=False)
    ]
    if judged:
        return min(judged, key=lambda pair: len(pair[1]))
    last = _longest((leaf,), pool)[-1]
    if is_self_issued(last):
        problem = f"{describe(last)} is a root clients do not know; put it in registryCertificateAuthority"
    else:
        issuer = last.issuer.rfc4514_string()
        problem = (
            f"{describe(last)} is issued by '{issuer}', which is neither in the bundle nor a root clients"
            " know; append its certificate to registryCertificate, or put it in registryCertificateAuthority"
            " where it is a root of your own"
        )
    return (leaf,), [*_path_problems((leaf,), now), problem]


def _paths(path: Path, pool: Pool) -> Iterator[Path]:
    """Every path to a trusted root that begins with `path`."""
    if is_self_issued(path[-1]) and pool.is_trusted(path[-1]):
        yield path
        return
    for issuer in _further(path, pool):
        yield from _paths((*path, issuer), pool)


def _longest(path: Path, pool: Pool) -> Path:
    """A path as far as it goes without a trusted root."""
    issuer = next(iter(_further(path, pool)), None)
    return path if issuer is None else _longest((*path, issuer), pool)


def _further(path: Path, pool: Pool) -> list[x509.Certificate]:
    """Who can follow; nobody stands twice in a path, under another certificate neither (RFC 4158, 2.4.1)."""
    present = [(certificate.subject, certificate.public_key()) for certificate in path]
    return [
        issuer for issuer in pool.issuers_of(path[-1]) if (issuer.subject, issuer.public_key()) not in present
    ]


def _path_problems(path: Path, now: datetime) -> list[str]:
    problems = [problem for certificate in path for problem in _time_problems(certificate, now)]
    for position, certificate in enumerate(path):
        trusted_root = position == len(path) - 1 and is_self_issued(certificate)
        problems += _strength_problems(certificate, signed=not trusted_root)
        problems += _usage_problems(certificate)
        if position:
            problems += _authority_problems(certificate, path[position - 1], below=position - 1)
    return problems


def _time_problems(certificate: x509.Certificate, now: datetime) -> list[str]:
    begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if end <= now:
        return [f"{describe(certificate)} expired on {end:%Y-%m-%d %H:%M} UTC; give a newer one"]
    if begin > now:
        return [f"{describe(certificate)} is valid from {begin:%Y-%m-%d %H:%M} UTC on only"]
    return []


def _strength_problems(certificate: x509.Certificate, *, signed: bool) -> list[str]:
    problems = []
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey) and key.key_size < _SHORTEST_RSA:
        problems.append(
            f"{describe(certificate)} has an RSA key of {key.key_size} bits; must be {_SHORTEST_RSA} at least"
        )
    try:
        algorithm = certificate.signature_hash_algorithm
    except UnsupportedAlgorithm:
        algorithm = None
    if signed and isinstance(algorithm, _BROKEN_HASHES):
        problems.append(f"{describe(certificate)} is signed with {algorithm.name}, which clients refuse")
    return problems


def _usage_problems(certificate: x509.Certificate) -> list[str]:
    """Extended key usages count for each certificate of the path (Go's crypto/x509, OpenSSL's purposes)."""
    try:
        usages = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return []
    if _SERVER & set(usages):
        return []
    return [f"{describe(certificate)} is not for servers: its extended key usage must have serverAuth"]


def _authority_problems(certificate: x509.Certificate, subject: x509.Certificate, *, below: int) -> list[str]:
    """Whether a certificate may vouch for another one, with so many intermediates below it."""
    extensions = certificate.extensions
    try:
        constraints = extensions.get_extension_for_class(x509.BasicConstraints).value
    except x509.ExtensionNotFound:
        constraints = x509.BasicConstraints(ca=False, path_length=None)
    try:
        may_sign = extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
    except x509.ExtensionNotFound:
        may_sign = True
    if not constraints.ca or not may_sign:
        return [f"{describe(certificate)} is no authority and cannot vouch for {describe(subject)}"]
    if constraints.path_length is not None and below > constraints.path_length:
        allowed = format_count(constraints.path_length, "intermediate")
        return [f"{describe(certificate)} allows {allowed}, and {below} follow"]
    return []
