"""Injected stalls of transactions, for tests: at which step, and of which resources."""

import threading
from dataclasses import dataclass

from cloud.seeded_random import fraction

STUCK = "stalled by a test; released by DELETE /control/transactions"


@dataclass(frozen=True)
class InjectedStall:
    """What gets stuck.

    Attributes:
        stage: Name of the step's transaction status.
        times: How many resources get stuck there; None for no limit.
        seed: Seed that, with `chance`, decides by its id alone whether a resource gets stuck.
        chance: Chance that a resource gets stuck, 0 to 1.
    """

    stage: str
    times: int | None = 1
    seed: int = 0
    chance: float = 1.0

    def applies_to(self, number: int) -> bool:
        """Return whether a resource of that id would get stuck."""
        return fraction(self.seed, self.stage, number) < self.chance


class StalledError(Exception):
    """A step is stalled by a test."""


class InjectedStalls:
    """The injected stalls of one cloud; safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._planned: list[tuple[InjectedStall, set[int]]] = []

    def plan(self, stall: InjectedStall) -> None:
        """Add one."""
        with self._lock:
            self._planned.append((stall, set()))

    def release(self) -> None:
        """Forget them all; what is stuck may go on."""
        with self._lock:
            self._planned.clear()

    def check(self, number: int, stage: str) -> None:
        """Let a resource pass a step.

        Raises:
            StalledError: The resource stalls there, until the stalls are released.
        """
        with self._lock:
            for stall, stalled_ids in self._planned:
                free = stall.times is None or len(stalled_ids) < stall.times
                if stall.stage != stage or not stall.applies_to(number):
                    continue
                if number in stalled_ids or free:
                    stalled_ids.add(number)
                    raise StalledError(STUCK)
