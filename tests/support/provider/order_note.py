"""The note of an order, as it is long after the order."""

import os
from contextlib import suppress
from pathlib import Path


def make_old(note: Path) -> None:
    """Let a note be of 1970, and of no start of this machine that is known."""
    os.utime(note, (0, 0))
    with suppress(OSError):
        os.removexattr(note, "user.softlayer-orders.written")
