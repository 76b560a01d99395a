"""The authorities that clients know without being given one: Mozilla's, by the package certifi."""

import re
import warnings
from collections.abc import Iterator
from functools import cache

import certifi
from cryptography import x509

_BLOCK = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)


@cache
def well_known_roots() -> tuple[x509.Certificate, ...]:
    """Return them all; one that the library does not read stands in no path."""
    return tuple(_read(certifi.contents()))


def _read(text: str) -> Iterator[x509.Certificate]:
    with warnings.catch_warnings():
        # Of old roots whose serial number is not positive.
        warnings.simplefilter("ignore")
        for block in _BLOCK.findall(text):
            try:
                yield x509.load_pem_x509_certificate(block.encode())
            except ValueError:
                continue
