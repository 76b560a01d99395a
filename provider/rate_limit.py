"""One token bucket for all calls of the process.

Source: SoftLayer refuses more than 50 requests a second (softlayer-python issue 884) and the engine runs
four operations a core at once.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable

ROUNDING = 1e-6
"""A token is whole when it is this close: clocks and floats would else leave a remainder to wait for."""


class RateLimit:
    """Lets `rate` calls through a second, at most `burst` of them at once, in the order of asking."""

    def __init__(
        self,
        rate: float,
        burst: int | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Start full.

        Args:
            rate: calls a second, above 0.
            burst: calls at once after a pause; a fifth of a second's worth when absent, so that burst and
                rate together stay below SoftLayer's 50 at the default of 40.
            clock: seconds, monotonic.
            sleep: how to wait.
        """
        self._rate = rate
        self._burst = float(burst if burst is not None else max(1, int(rate / 5)))
        self._clock = clock
        self._sleep = sleep
        self._tokens = self._burst
        self._filled = clock()
        self._turn = asyncio.Lock()

    async def take(self) -> None:
        """Wait for one call's turn."""
        async with self._turn:
            self._fill()
            while self._tokens < 1 - ROUNDING:
                await self._sleep((1 - self._tokens) / self._rate)
                self._fill()
            self._tokens -= 1

    def _fill(self) -> None:
        now = self._clock()
        self._tokens = min(self._burst, self._tokens + (now - self._filled) * self._rate)
        self._filled = now
