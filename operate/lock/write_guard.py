"""Who may write a stack file: the holder of the stack's lock alone."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Protocol

from operate.error import OperateError


class CheckedLock(Protocol):
    """A lock of a stack."""

    def check(self) -> None:
        """Raise LostLockError where it does not count any more."""


class UnavailableLock:
    """Stands for the lock where its place is lost; what keeps two updates apart is Pulumi's own lock."""

    def check(self) -> None:
        """Do nothing."""


class WriteGuard:
    """Stands in front of every write to one stack file: without the stack's lock, none is made.

    Two commands that write the same file undo each other's settings, and a `pulumi up` of one deploys what
    the other one has staged.

    Args:
        lock: Lock that is held; None where none is.

    Attributes:
        at_end: What is due before the lock is given back, such as reading what a command has changed; None
            for nothing.
    """

    def __init__(self, lock: CheckedLock | None = None) -> None:
        self.lock = lock
        self.at_end: Callable[[], object] | None = None

    @contextmanager
    def hold(self, lock: CheckedLock) -> Iterator[None]:
        """Let the file be written while a lock is held.

        Args:
            lock: Lock that is checked before every write.
        """
        before, self.lock = self.lock, lock
        try:
            yield
        finally:
            self.lock = before
            if before is None and self.at_end is not None:
                # The command itself has succeeded or failed already.
                with suppress(OperateError):
                    self.at_end()

    def check(self) -> None:
        """Refuse to write without the lock.

        Raises:
            OperateError: The lock is not held, or does not count any more.
        """
        if self.lock is None:
            raise OperateError(
                "the stack file must be written only while the stack's lock is held; report this as a fault"
            )
        self.lock.check()
