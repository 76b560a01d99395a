"""What simulations of operate share: a clock that nobody waits for, and a stack's lock."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta

from operate.lock.lock import HeldError
from operate.lock.write_guard import CheckedLock, UnavailableLock, WriteGuard


class SimulatedClock:
    """Time that passes only while somebody sleeps.

    Attributes:
        seconds: that somebody has slept.
        waited: is called after each sleep.
    """

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = seconds
        self.waited: list[Callable[[], None]] = []

    def monotonic(self) -> float:
        """Return the seconds that have passed."""
        return self.seconds

    def now(self) -> datetime:
        """Return the date, which begins on one day in each simulation."""
        return datetime(2026, 11, 25, tzinfo=UTC) + timedelta(seconds=self.seconds)

    def sleep(self, seconds: float) -> None:
        """Let the seconds pass at once."""
        self.seconds += seconds
        for tick in self.waited:
            tick()


class SimulatedLock:
    """A stack's lock; its stack file is written under operate's own guard."""

    def __init__(self) -> None:
        self._guard = WriteGuard()

    @property
    def is_held(self) -> bool:
        """Whether an operator holds it."""
        return self._guard.lock is not None

    @contextmanager
    def acquire(self) -> Iterator[None]:
        """Hold the lock, whose place is simulated as well.

        Raises:
            HeldError: another operator holds it.
        """
        if self.is_held:
            raise HeldError("locked by op@host for 'swap'")
        with self.guard(UnavailableLock()):
            yield

    def guard(self, lock: CheckedLock) -> AbstractContextManager[None]:
        """Let the stack file be written while operate's own lock is held."""
        return self._guard.hold(lock)

    def require(self) -> None:
        """Fail the test where the stack file would be written without the lock."""
        assert self.is_held, "the stack file is written without the lock"
