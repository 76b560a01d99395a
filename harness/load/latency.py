"""Latencies within and without stretches of time; pure."""

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol


class Timed(Protocol):
    """A request: when it was sent, and the seconds it took."""

    @property
    def at(self) -> float:
        """Seconds of the monotonic clock."""

    @property
    def seconds(self) -> float:
        """Until the last byte."""


@dataclass(frozen=True)
class Window:
    """A stretch of time, in seconds of the monotonic clock."""

    started: float
    ended: float

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return self.ended - self.started


def sent_within(requests: Iterable[Timed], windows: Sequence[Window]) -> list[float]:
    """Return the seconds of the requests that were sent within one of the windows.

    Not of all that were under way then: of these a short window holds more slow ones than a long window does,
    as it meets them with a greater part of its length.

    Args:
        requests: Requests in any order.
        windows: Windows in order of time; none begins before the one before it ends.
    """
    ends = [window.ended for window in windows]
    results = []
    for request in requests:
        # The first window that has not ended when the request is sent.
        place = bisect_left(ends, request.at)
        if place < len(windows) and windows[place].started <= request.at:
            results.append(request.seconds)
    return results


def percentile(values: Sequence[float], share: float) -> float:
    """Return the least value that is not below `share` of all (nearest rank); nan where there are none.

    Args:
        values: Values in any order.
        share: Share of the values, 0 < share <= 1.
    """
    if not values:
        return math.nan
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]
