"""The API's own rate limit: so many calls in any one second, and a fault for those beyond."""

import threading
import time
from collections import deque
from collections.abc import Callable

from cloud import faults

_WINDOW_SECONDS = 1.0


class RateLimit:
    """Lets so many calls pass in any second; safe to use from many threads.

    Refused calls do not count (choice): a caller at twice the limit gets half of its calls through.

    Args:
        most: Largest number of calls a second; 0 lets everything pass.
        clock: Seconds that never go back.
    """

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._lock = threading.Lock()
        self._passed: deque[float] = deque()

    def take(self) -> None:
        """Let one call pass.

        Raises:
            ApiFault: The second is full.
        """
        if self._most == 0:
            return
        with self._lock:
            now = self._clock()
            while self._passed and self._passed[0] <= now - _WINDOW_SECONDS:
                self._passed.popleft()
            if len(self._passed) >= self._most:
                raise faults.rate_limit(self._most)
            self._passed.append(now)
