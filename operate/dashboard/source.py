"""Where the page's figures come from: one look at a time for everybody, and what the last minutes were."""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from operate.dashboard.state import DashboardState, Sample, sample_of
from operate.error import OperateError
from operate.stack.status import Status

_FRESH = 1.0
"""Seconds for which a look serves everybody (choice): each asks the doors and the storage."""
_SAMPLE_SECONDS = 300.0
"""Seconds of which the page draws the traffic (choice)."""

Ask = Callable[[], Status]


class Source:
    """Looks when it is asked to, and no more often than needed; may be used by several threads.

    Args:
        environment: the stack's name.
        ask: returns the status; raises OperateError where it cannot be had.
    """

    def __init__(self, environment: str, ask: Ask) -> None:
        self._ask = ask
        self._looking = threading.Lock()
        self._observed_at = float("-inf")
        self._samples: deque[Sample] = deque()
        self._state = DashboardState(environment, datetime.now(UTC))

    def __call__(self) -> DashboardState:
        """Return what was seen last, and why that is old where it is."""
        with self._looking:
            if time.monotonic() - self._observed_at > _FRESH:
                self._state = self._observe()
                self._observed_at = time.monotonic()
            return self._state

    def _observe(self) -> DashboardState:
        try:
            status = self._ask()
        except OperateError as error:
            return replace(self._state, unavailable=str(error))
        now = time.monotonic()
        self._samples.append(sample_of(status, now))
        while self._samples[0].at < now - _SAMPLE_SECONDS:
            self._samples.popleft()
        return replace(
            self._state, at=datetime.now(UTC), status=status, samples=tuple(self._samples), unavailable=""
        )
