"""Host names and domains of ordered servers."""

import re

from cloud import faults

_LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")


def check_names(hostname: str, domain: str) -> None:
    """Refuse what is no host name or domain.

    Raises:
        ApiFault: A name is no host name or domain; the text names the property (choice).
    """
    if not _LABEL.fullmatch(hostname):
        raise faults.invalid_value("hostname", "Letters, digits and hyphens are allowed, 63 at most.")
    labels = domain.split(".")
    if len(domain) > 180 or len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels):
        raise faults.invalid_value("domain", "A domain name of at least two labels is needed.")
