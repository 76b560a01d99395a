"""The operator's own requests leave a colour, and its object storage, as much time as they take."""

from collections.abc import Iterator
from contextlib import contextmanager

from operate.swap.edges import Clock

_LONGEST = 1.0
"""Seconds (choice): a colour that hangs is not waited for twice."""


@contextmanager
def resting(clock: Clock) -> Iterator[None]:
    """Do what is within, then nothing for as long as that took: clients get the other half of the time.

    Args:
        clock: measures and waits.
    """
    began = clock.monotonic()
    yield
    clock.sleep(min(clock.monotonic() - began, _LONGEST))
