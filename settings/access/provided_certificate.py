"""A certificate that the operator provides, judged before a client would find what is wrong with it."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization

from messages.count import format_count
from settings.access.certificate_path import Path, Pool, describe, find_path, is_issued_by, is_self_issued
from settings.access.well_known_roots import well_known_roots

WARNING = timedelta(days=21)
"""A certificate with less left is warned of."""


@dataclass(frozen=True)
class ProvidedCertificate:
    """The three settings as they are.

    Attributes:
        bundle: PEM of the server's certificate and of those that vouch for it, in any order.
        private_key: PEM of its key, not encrypted. Secret.
        authority: PEM of roots that clients are given; "" where they know the root anyway.
    """

    bundle: str
    private_key: str
    authority: str


@dataclass(frozen=True)
class Judgement:
    """What a client would say of a certificate.

    Attributes:
        problems: Why it would be refused, each with its setting; nothing of the key.
        chain: PEM in the order in which a server sends it, the server's own first and the root left out.
        end: Time at which the first certificate of the path expires; None where there is no path.
    """

    problems: tuple[str, ...]
    chain: str = ""
    end: datetime | None = None


def judge(
    certificate: ProvidedCertificate,
    hosts: Sequence[str],
    now: datetime,
    well_known: Sequence[x509.Certificate] | None = None,
) -> Judgement:
    """Judge a certificate as Docker, curl and `operate` would.

    Args:
        certificate: The certificate.
        hosts: IP addresses and names at which clients reach the registry; it must cover each.
        now: Time at which the certificate must be valid, aware.
        well_known: Roots that clients know; None takes Mozilla's.
    """
    problems: list[str] = []
    bundle = _read_certificates(certificate.bundle, "registryCertificate", problems)
    authorities = (
        _read_certificates(certificate.authority, "registryCertificateAuthority", problems)
        if certificate.authority.strip()
        else []
    )
    key = _read_public_key(certificate.private_key, problems)
    if not bundle:
        return Judgement(tuple(problems))
    leaf = _find_leaf(bundle, key)
    if key is not None and _public_bytes(leaf) != key:
        problems.append("registryCertificateKey: is the key of another certificate than registryCertificate")
    roots = well_known_roots() if well_known is None else well_known
    path, path_problems = find_path(leaf, Pool(bundle, authorities, roots), now)
    problems += [f"registryCertificate: {problem}" for problem in path_problems]
    problems += [f"registryCertificate: {problem}" for problem in _host_problems(leaf, hosts)]
    end = min(certificate.not_valid_after_utc for certificate in path)
    return Judgement(tuple(problems), _pem(_to_send(path, bundle)), end)


def expiry_warning(end: datetime, now: datetime) -> str | None:
    """Return what an operator must know of a certificate that expires soon; None while it lasts."""
    remaining = end - now
    if remaining >= WARNING:
        return None
    days = format_count(remaining.days, "day")
    return (
        f"registryCertificate expires on {end:%Y-%m-%d %H:%M} UTC, in {days}, and every client fails"
        " then; set registryCertificate and registryCertificateKey to a newer one and run pulumi up"
    )


def _read_certificates(text: str, setting: str, problems: list[str]) -> list[x509.Certificate]:
    try:
        certificates = list(dict.fromkeys(x509.load_pem_x509_certificates(text.encode())))
        for certificate in certificates:
            # Both are decoded late, and fail late.
            certificate.public_key(), len(certificate.extensions)
    except (ValueError, UnsupportedAlgorithm, x509.DuplicateExtension):
        problems.append(f"{setting}: is no certificate in PEM; it begins with -----BEGIN CERTIFICATE-----")
        return []
    return certificates


def _read_public_key(private_key: str, problems: list[str]) -> bytes | None:
    try:
        key = serialization.load_pem_private_key(private_key.encode(), password=None)
    except (ValueError, TypeError, UnicodeError):
        # Not quoted: the library's message may have the key.
        problems.append("registryCertificateKey: is no private key in PEM without a password")
        return None
    return key.public_key().public_bytes(*_FORM)


_FORM = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def _public_bytes(certificate: x509.Certificate) -> bytes:
    return certificate.public_key().public_bytes(*_FORM)


def _find_leaf(bundle: Sequence[x509.Certificate], key: bytes | None) -> x509.Certificate:
    """The certificate of the key, the one that lasts longest of several; without any, the bundle's first."""
    own = [certificate for certificate in bundle if key is not None and _public_bytes(certificate) == key]
    return max(own, key=lambda certificate: certificate.not_valid_after_utc, default=bundle[0])


def _to_send(path: Path, bundle: Sequence[x509.Certificate]) -> list[x509.Certificate]:
    """The path without its root, and behind it what vouches for the same names to older clients."""
    sent = [path[0], *(certificate for certificate in path[1:] if not is_self_issued(certificate))]
    extras = [certificate for certificate in bundle if certificate not in path]
    sent += [
        certificate
        for certificate in extras
        if not is_self_issued(certificate) and any(is_issued_by(below, certificate) for below in path)
    ]
    return sent


def _pem(certificates: Sequence[x509.Certificate]) -> str:
    return "".join(
        certificate.public_bytes(serialization.Encoding.PEM).decode() for certificate in certificates
    )


def _host_problems(leaf: x509.Certificate, hosts: Sequence[str]) -> list[str]:
    names = ", ".join(_names(leaf)) or "no name"
    return [
        f"{describe(leaf)} is for {names} and not for {host}; give one that covers it"
        for host in hosts
        if not _covers(leaf, host)
    ]


def _alternatives(certificate: x509.Certificate) -> x509.SubjectAlternativeName | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return None


def _names(certificate: x509.Certificate) -> list[str]:
    names = _alternatives(certificate)
    if names is None:
        return []
    return [
        *names.get_values_for_type(x509.DNSName),
        *(str(address) for address in names.get_values_for_type(x509.IPAddress)),
    ]


def _covers(certificate: x509.Certificate, host: str) -> bool:
    """As clients compare (RFC 6125): alternative names only, `*` for one whole label at the left."""
    names = _alternatives(certificate)
    if names is None:
        return False
    try:
        return ipaddress.ip_address(host) in names.get_values_for_type(x509.IPAddress)
    except ValueError:
        desired = host.lower().rstrip(".")
        _, _, parent = desired.partition(".")
        covered_names = {name.lower().rstrip(".") for name in names.get_values_for_type(x509.DNSName)}
        return desired in covered_names or (bool(parent) and f"*.{parent}" in covered_names)
