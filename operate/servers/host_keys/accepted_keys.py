"""Host keys that the operator vouches for, for one command: the provider reads a variable."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

ACCEPT_HOST_KEYS = "SL_ACCEPT_HOST_KEYS"
"""Environment variable of the provider with servers of which another key is believed."""


@contextmanager
def accepted_host_keys(fingerprints: Mapping[str, str]) -> Iterator[None]:
    """Have other keys of servers believed, beside those that the variable names already.

    Args:
        fingerprints: Fingerprint of the key that is believed, by the server's Pulumi id; "" for whichever key
            the server shows.
    """
    before = os.environ.get(ACCEPT_HOST_KEYS)
    pairs = (f"{name}={key}" if key else name for name, key in fingerprints.items())
    accepted = [*filter(None, [before]), *pairs]
    if accepted:
        os.environ[ACCEPT_HOST_KEYS] = ",".join(accepted)
    try:
        yield
    finally:
        os.environ.pop(ACCEPT_HOST_KEYS, None)
        if before is not None:
            os.environ[ACCEPT_HOST_KEYS] = before
