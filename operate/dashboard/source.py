"""Where the page's figures come from: one look at a time for everybody, and what the last minutes were."""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from operate.dashboard.seen import Moment, Seen, moment_of
from operate.error import OperateError
from operate.status import Status

_FRESH = 1.0
"""Seconds for which a look serves everybody (choice): each asks the doors and the storage."""
_MOMENTS = 300.0
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
        self._looked = float("-inf")
        self._moments: deque[Moment] = deque()
        self._seen = Seen(environment, datetime.now(UTC))

    def __call__(self) -> Seen:
        """Return what was seen last, and why that is old where it is."""
        with self._looking:
            if time.monotonic() - self._looked > _FRESH:
                self._seen = self._look()
                self._looked = time.monotonic()
            return self._seen

    def _look(self) -> Seen:
        try:
            status = self._ask()
        except OperateError as error:
            return replace(self._seen, lost=str(error))
        now = time.monotonic()
        self._moments.append(moment_of(status, now))
        while self._moments[0].at < now - _MOMENTS:
            self._moments.popleft()
        return replace(self._seen, at=datetime.now(UTC), status=status, moments=tuple(self._moments), lost="")
