"""Moments, as the API writes them."""

from datetime import UTC, datetime


def now() -> str:
    """Return the present moment in RFC 3339 with an offset, in whole seconds."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def elapsed_seconds(since: str) -> int:
    """Whole seconds from a moment to now, never negative."""
    return max(0, int((datetime.now(UTC) - datetime.fromisoformat(since)).total_seconds()))


def next_month(instant: str) -> str:
    """Return the first moment of the month after, when the next invoice is due."""
    date = datetime.fromisoformat(instant)
    first = date.replace(day=1, hour=0, minute=0, second=0)
    return (
        first.replace(year=date.year + 1, month=1)
        if date.month == 12
        else first.replace(month=date.month + 1)
    ).isoformat()
