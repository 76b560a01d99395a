"""Waiting for a condition, bounded."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(find: Callable[[], T | None], what: str, seconds: float = 20.0) -> T:
    """Return the first value found that is true; fail the test when there is none in time.

    Args:
        find: Returns the value; called every 20 ms.
        what: Description of what is waited for, for the message.
        seconds: The time limit.
    """
    end = time.monotonic() + seconds
    while not (value := find()):
        assert time.monotonic() < end, f"{what}: not within {seconds} s"
        time.sleep(0.02)
    return value
