"""Waiting for a condition, bounded."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(find: Callable[[], T | None], what: str, seconds: float = 20.0) -> T:
    """The first thing found that is true; fails the test when none is in time."""
    end = time.monotonic() + seconds
    while not (value := find()):
        assert time.monotonic() < end, f"{what}: not within {seconds} s"
        time.sleep(0.02)
    return value
