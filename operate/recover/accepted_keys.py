"""Host keys that the operator vouches for, for one command: the provider reads a variable."""

import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager

ACCEPT_HOST_KEYS = "SL_ACCEPT_HOST_KEYS"
"""Environment variable of the provider: ids of servers of which another key is believed."""


@contextmanager
def accepted_host_keys(identifiers: Collection[str]) -> Iterator[None]:
    """Have the key believed that servers show, beside those that the variable names already.

    Args:
        identifiers: The servers' Pulumi ids.
    """
    before = os.environ.get(ACCEPT_HOST_KEYS)
    accepted = [*filter(None, [before]), *identifiers]
    if accepted:
        os.environ[ACCEPT_HOST_KEYS] = ",".join(accepted)
    try:
        yield
    finally:
        os.environ.pop(ACCEPT_HOST_KEYS, None)
        if before is not None:
            os.environ[ACCEPT_HOST_KEYS] = before
