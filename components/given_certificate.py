"""A certificate that the operator gives, checked before a client would find what is wrong with it."""

import ipaddress
from datetime import datetime
from itertools import pairwise

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization

from components.certificate import Certificate


def given(
    chain: str, private_key: str, authority: str, addresses: tuple[str, ...], now: datetime
) -> Certificate:
    """Return the certificate given, in the same shape as one issued.

    Args:
        chain: PEM of the server's certificate and, behind it in order, those that vouch for it.
        private_key: PEM of its key, not encrypted.
        authority: PEM of who issued the last of the chain, for clients that do not know it; "" if they do.
        addresses: IP addresses and names at which clients reach the registry; it must cover each.
        now: aware; the certificate must be valid then.

    Raises:
        ValueError: something does not fit; says what all, and nothing of the key.
    """
    certificates = _parsed(chain, "registryCertificate")
    authorities = _parsed(authority, "registryCertificateAuthority") if authority else []
    wrong = [
        *_wrong_key(certificates[0], private_key),
        *_wrong_time(certificates, now),
        *_wrong_order([*certificates, *authorities[:1]]),
        *(
            f"it is for {', '.join(_names(certificates[0])) or 'no name'} and not for {address}; give one"
            " that covers it"
            for address in addresses
            if not _covers(certificates[0], address)
        ),
    ]
    if wrong:
        raise ValueError(f"registryCertificate: {'; '.join(wrong)}")
    return Certificate(_ended(authority), _ended(chain), _ended(private_key))


def _ended(text: str) -> str:
    """PEM blocks are put behind each other, so each must end its line."""
    stripped = text.strip()
    return f"{stripped}\n" if stripped else ""


def _parsed(text: str, setting: str) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(text.encode())
    except ValueError as error:
        raise ValueError(
            f"{setting}: is no certificate in PEM; it begins with -----BEGIN CERTIFICATE-----"
        ) from error


def _wrong_key(certificate: x509.Certificate, private_key: str) -> list[str]:
    form = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    try:
        key = serialization.load_pem_private_key(private_key.encode(), password=None)
    except (ValueError, TypeError):
        # Not chained: the library's message may quote the key.
        return ["registryCertificateKey is no private key in PEM without a password"]
    if key.public_key().public_bytes(*form) != certificate.public_key().public_bytes(*form):
        return ["registryCertificateKey is the key of another certificate"]
    return []


def _wrong_time(certificates: list[x509.Certificate], now: datetime) -> list[str]:
    return [
        *(
            f"{_subject(one)} expired on {one.not_valid_after_utc:%Y-%m-%d %H:%M} UTC; give a newer one"
            for one in certificates
            if one.not_valid_after_utc <= now
        ),
        *(
            f"{_subject(one)} is valid from {one.not_valid_before_utc:%Y-%m-%d %H:%M} UTC on only"
            for one in certificates
            if one.not_valid_before_utc > now
        ),
    ]


def _wrong_order(chain: list[x509.Certificate]) -> list[str]:
    found = []
    for one, issuer in pairwise(chain):
        try:
            one.verify_directly_issued_by(issuer)
        except (ValueError, TypeError, InvalidSignature):
            found.append(
                f"{_subject(one)} is not issued by {_subject(issuer)}, which follows it; the server's"
                " certificate comes first, then who issued it, and so on"
            )
    return found


def _subject(certificate: x509.Certificate) -> str:
    return repr(certificate.subject.rfc4514_string() or f"serial {certificate.serial_number:x}")


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


def _covers(certificate: x509.Certificate, address: str) -> bool:
    """As clients compare (RFC 6125): alternative names only, `*` for one whole label at the left."""
    names = _alternatives(certificate)
    if names is None:
        return False
    try:
        return ipaddress.ip_address(address) in names.get_values_for_type(x509.IPAddress)
    except ValueError:
        wanted = address.lower().rstrip(".")
        _, _, parent = wanted.partition(".")
        known = {name.lower().rstrip(".") for name in names.get_values_for_type(x509.DNSName)}
        return wanted in known or (bool(parent) and f"*.{parent}" in known)
