"""How often and how long a read or an idempotent write is tried again. Orders are never retried here."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from provider.errors import ApiError, InterruptedCallError, RateLimitedError, UnreachableError


@dataclass(frozen=True)
class RetryPolicy:
    """Exponential pauses with jitter, bounded in number.

    Attributes:
        attempts: Number of tries in all.
        first: Seconds before the second try.
        factor: Factor by which each pause is longer than the one before.
        longest: No pause is longer, in seconds.
    """

    attempts: int = 7
    first: float = 0.25
    factor: float = 2.0
    longest: float = 8.0

    def pauses(self, dice: random.Random) -> Iterator[float]:
        """Yield the pauses between tries, `attempts - 1` of them, each cut by up to a half by jitter."""
        pause = self.first
        for _ in range(self.attempts - 1):
            yield min(pause, self.longest) * (0.5 + dice.random() / 2)
            pause *= self.factor


def worth_retrying(error: ApiError) -> bool:
    """Return whether the same call may succeed a moment later: rate limit, lost answers, no connection."""
    return isinstance(error, RateLimitedError | InterruptedCallError | UnreachableError)
