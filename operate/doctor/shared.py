"""Values that several checks need, and that are computed once."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from operate.doctor.finding import NotCheckedError, NothingToCheckError
from operate.error import OperateError

T = TypeVar("T")


class Shared(Generic[T]):
    """A value that the first caller computes, and other callers wait for.

    Args:
        compute: Computes the value; may raise `OperateError` or `OSError`.
        named_by: The check that reports why it cannot be read; "" where each that depends on it does.
        failure: What the checks that depend on it report instead, such as "the state cannot be read".
    """

    def __init__(self, compute: Callable[[], T], named_by: str = "", failure: str = "") -> None:
        self._compute, self._named_by, self._unavailable = compute, named_by, failure
        self._lock = threading.Lock()
        self._values: list[T] = []
        self._failure: OperateError | OSError | None = None

    def __call__(self) -> T:
        """Return the value.

        Raises:
            NothingToCheckError: The value cannot exist yet.
            NotCheckedError: The value cannot be read, and another check reports why.
            OperateError: The value cannot be read, and no other check reports why.
        """
        try:
            return self.or_reason()
        except NothingToCheckError:
            raise
        except (OperateError, OSError) as reason:
            if not self._named_by or (isinstance(reason, NotCheckedError) and reason.named_by):
                raise
            raise NotCheckedError(self._unavailable, named_by=self._named_by) from None

    def or_reason(self) -> T:
        """Return the value; raises the reason itself where it cannot be had."""
        with self._lock:
            if self._failure is not None:
                raise self._failure
            if not self._values:
                try:
                    self._values.append(self._compute())
                except (OperateError, OSError) as failure:
                    self._failure = failure
                    raise
            return self._values[0]

    @property
    def value(self) -> T | None:
        """The value where somebody has computed it."""
        return self._values[0] if self._values else None
