"""Transactions that get stuck on demand, for tests: at which step, and whose."""

import threading
from dataclasses import dataclass

from cloud.seeded_random import fraction

STUCK = "stuck on demand; released by DELETE /control/transactions"


@dataclass(frozen=True)
class Hindrance:
    """What gets stuck.

    Attributes:
        stage: name of the step's transaction status.
        times: how many resources get stuck there; None for no limit.
        seed: with `chance`, which of the resources do, by their id alone.
        chance: that one does, 0 to 1.
    """

    stage: str
    times: int | None = 1
    seed: int = 0
    chance: float = 1.0

    def concerns(self, number: int) -> bool:
        """Whether a resource of that id would get stuck."""
        return fraction(self.seed, self.stage, number) < self.chance


class HinderedError(Exception):
    """A step is stuck on demand."""


class Hindrances:
    """The hindrances of one cloud; safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._planned: list[tuple[Hindrance, set[int]]] = []

    def plan(self, hindrance: Hindrance) -> None:
        """Add one."""
        with self._lock:
            self._planned.append((hindrance, set()))

    def release(self) -> None:
        """Forget them all; what is stuck may go on."""
        with self._lock:
            self._planned.clear()

    def check(self, number: int, stage: str) -> None:
        """Let a resource pass a step.

        Raises:
            HinderedError: it is stuck there, until the hindrances are released.
        """
        with self._lock:
            for hindrance, struck in self._planned:
                free = hindrance.times is None or len(struck) < hindrance.times
                if hindrance.stage != stage or not hindrance.concerns(number):
                    continue
                if number in struck or free:
                    struck.add(number)
                    raise HinderedError(STUCK)
