"""Time of the operator's machine, and times as people and programs read them."""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Time, as the operator's machine has it; nothing that guards anything depends on it."""

    def monotonic(self) -> float:
        """Seconds that only grow."""

    def now(self) -> datetime:
        """UTC."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class SystemClock:
    """The machine's own."""

    def monotonic(self) -> float:
        """Seconds that only grow."""
        return time.monotonic()

    def now(self) -> datetime:
        """UTC."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


def format_timestamp(at: datetime) -> str:
    """A time for people and programs."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def format_exact_timestamp(at: datetime) -> str:
    """The same to the millisecond, for what is put beside samples."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def parse_timestamp(text: str) -> datetime | None:
    """Read a stamp, exact or not; None where it is none."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        return None


def format_for_display(text: str) -> str:
    """A stamp as people read it: day, time of day, UTC; what is none stays as it is."""
    at = parse_timestamp(text)
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if at else text
