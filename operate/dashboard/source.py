"""Where the page's figures come from: one look at a time for everybody, and what the last minutes were."""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from operate.dashboard.figures import Figures
from operate.dashboard.state import DashboardState, TrafficSample, sample_of
from operate.error import OperateError
from operate.status.status import StackStatus

_FRESH = 1.0
"""Seconds for which a look serves everybody (choice): each asks the doors and the storage."""
_SAMPLE_SECONDS = 300.0
"""Seconds of which the page draws the traffic (choice)."""

_HISTORY_SECONDS, _HISTORY_PERIOD = 6 * 3600.0, 30.0
"""Of the page of the last hours, and between two of its samples (choices)."""

Ask = Callable[[], StackStatus]
History = Sequence[TrafficSample]


class Source:
    """Observes on request, and no more often than needed; may be used by several threads.

    Args:
        environment: The stack's name.
        ask: Returns the status; raises OperateError where it cannot be had.
        figures: Returns storage used and cost.
    """

    def __init__(self, environment: str, ask: Ask, figures: Callable[[], Figures] = Figures) -> None:
        self._ask, self._figures = ask, figures
        self._looking = threading.Lock()
        self._observed_at = float("-inf")
        self._samples: deque[TrafficSample] = deque()
        self._history: deque[TrafficSample] = deque()
        self._state = DashboardState(environment, datetime.now(UTC))

    def __call__(self) -> DashboardState:
        """Return what was seen last, and why that is old where it is."""
        with self._looking:
            if time.monotonic() - self._observed_at > _FRESH:
                self._state = self._observe()
                self._observed_at = time.monotonic()
            return self._state

    @property
    def history(self) -> History:
        """What was counted in the last hours, the newest last; as often as somebody looked."""
        with self._looking:
            newest = (self._samples[-1],) if self._samples else ()
            return (*(sample for sample in self._history if sample not in newest), *newest)

    def _observe(self) -> DashboardState:
        try:
            status = self._ask()
        except OperateError as error:
            return replace(self._state, unavailable=str(error))
        now = time.monotonic()
        self._remember(sample_of(status, now))
        return DashboardState(
            self._state.environment,
            datetime.now(UTC),
            status,
            tuple(self._samples),
            figures=self._figures(),
        )

    def _remember(self, sample: TrafficSample) -> None:
        self._samples.append(sample)
        while self._samples[0].at < sample.at - _SAMPLE_SECONDS:
            self._samples.popleft()
        if not self._history or sample.at - self._history[-1].at >= _HISTORY_PERIOD:
            self._history.append(sample)
        while self._history[0].at < sample.at - _HISTORY_SECONDS:
            self._history.popleft()
