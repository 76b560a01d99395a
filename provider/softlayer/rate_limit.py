"""One token bucket for all calls of the process.

Source: SoftLayer refuses more than 50 requests a second (softlayer-python issue 884) and the engine runs
four operations a core at once.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable

MOST = 50
"""Calls a window that SoftLayer takes."""
WINDOW = 1.0
"""Seconds over which SoftLayer counts."""
ROUNDING = 1e-6
"""A token is whole when it is this close: clocks and floats would else leave a remainder to wait for."""


class RateLimit:
    """Lets `rate` calls through a second, at most `burst` of them at once, in the order of asking."""

    def __init__(
        self,
        rate: float,
        burst: int | None = None,
        clock: Callable[[], float] | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Start full.

        Args:
            rate: Calls a second, above 0.
            burst: Calls at once after a pause; a fifth of a second's worth when absent, but so that burst
                and rate together stay within SoftLayer's 50.
            clock: Seconds, monotonic; the running event loop's by default.
            sleep: Waits so many seconds.
        """
        self._rate = rate
        self._burst = float(burst if burst is not None else max(1, min(int(rate / 5), int(MOST - rate))))
        self._clock = clock
        self._sleep = sleep
        self._tokens = self._burst
        self._filled = -math.inf
        self._turn = asyncio.Lock()

    async def take(self) -> None:
        """Wait for one call's turn."""
        async with self._turn:
            self._fill()
            while self._tokens < 1 - ROUNDING:
                remaining = max(0.0, self._filled - self._now())
                await self._sleep(remaining + (1 - self._tokens) / self._rate)
                self._fill()
            self._tokens -= 1

    def refused(self) -> None:
        """Pause all callers for a window, then let them call one by one, after too many calls."""
        self._tokens = 0.0
        self._filled = max(self._filled, self._now() + WINDOW)

    def _fill(self) -> None:
        now = self._now()
        if now > self._filled:
            self._tokens = min(self._burst, self._tokens + (now - self._filled) * self._rate)
            self._filled = now

    def _now(self) -> float:
        return self._clock() if self._clock else asyncio.get_running_loop().time()
