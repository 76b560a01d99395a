"""A certificate that the operator provides, in the same shape as one issued."""

from datetime import datetime

from components.access.certificate import Certificate
from components.refused_setting import RefusedSettingError
from settings.access.provided_certificate import ProvidedCertificate, judge


def load_provided_certificate(
    bundle: str, private_key: str, authority: str, addresses: tuple[str, ...], now: datetime
) -> Certificate:
    """Check a certificate that the operator provides, and return it with its chain in the order of TLS.

    Args:
        bundle: PEM of the server's certificate and of those that vouch for it, in any order.
        private_key: PEM of its key, not encrypted.
        authority: PEM of roots that clients must trust; "" where they trust the root already.
        addresses: IP addresses and names at which clients reach the registry; it must cover each.
        now: Time at which the certificate must be valid, aware.

    Raises:
        RefusedSettingError: A client would refuse it; the message names every reason, and nothing of the key.
    """
    judgement = judge(ProvidedCertificate(bundle, private_key, authority), addresses, now)
    if judgement.problems:
        raise RefusedSettingError("; ".join(judgement.problems))
    return Certificate(_end_line(authority), judgement.chain, _end_line(private_key))


def _end_line(text: str) -> str:
    """PEM blocks are put behind each other, so each must end its line."""
    stripped = text.strip()
    return f"{stripped}\n" if stripped else ""
