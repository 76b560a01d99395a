"""How long something may still take."""

import asyncio

from provider.errors import WaitTimeoutError


class Deadline:
    """A number of seconds that runs from its making, by the running loop's clock."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._clock = asyncio.get_running_loop().time
        self._end = self._clock() + seconds

    @property
    def remaining(self) -> float:
        """Seconds left; 0 when it is over."""
        return max(0.0, self._end - self._clock())

    def check(self, what: str) -> None:
        """Complain when it is over.

        Raises:
            WaitTimeoutError: The deadline has passed; the message says what did not happen.
        """
        if not self.remaining:
            raise WaitTimeoutError(f"{what} within {self._seconds:.0f} s")
