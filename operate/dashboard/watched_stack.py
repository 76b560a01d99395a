"""A stack's status, with its outputs read again after a build, and once a minute."""

import time
from collections.abc import Callable
from contextlib import suppress

from operate.dashboard.figures import RENEWAL_SECONDS
from operate.error import OperateError
from operate.record.rotation_note import RotationNote
from operate.record.swap_plan import Step
from operate.stack.facts import Facts
from operate.status.status import StackStatus, status
from operate.store.bounded_store import renew_questions
from operate.store.object_store import ObjectStore
from operate.swap.observed_state import ObservedState
from operate.swap.operations import Operations

_Built = tuple[str, str]
_AGAIN_SECONDS = 30.0
"""Between two questions to the stack while its doors cannot be asked (choice)."""


class WatchedStack:
    """One stack, watched.

    Args:
        environment: The stack's name.
        facts: Facts of the stack at the start.
        operations: Operations that observe it.
        store: Store of lock and history.
        again: Reads the stack once more. It takes a second or two, so it is called only after a build or a
            retirement, while doors cannot be reached, and else once a minute, for a `pulumi up`.
        clock: Returns monotonic seconds.
        rotation: Reads which rotation the stack file notes.
        adoption: Reads which adoption the stack file notes; "" where it notes none.
        live_setting: Reads the setting `live` of the stack file; None where there is no file.
    """

    def __init__(
        self,
        environment: str,
        facts: Facts,
        operations: Operations,
        store: ObjectStore,
        again: Callable[[], Facts],
        clock: Callable[[], float] = time.monotonic,
        rotation: Callable[[], RotationNote | None] = lambda: None,
        adoption: Callable[[], str] = lambda: "",
        live_setting: Callable[[], str | None] = lambda: None,
    ) -> None:
        self._environment, self._operations, self._store = environment, operations, store
        self._facts, self._again, self._clock = facts, again, clock
        self._rotation, self._adoption, self._live_setting = rotation, adoption, live_setting
        self._asked_at, self._read_at = float("-inf"), clock()
        self._built: _Built | None = None

    def __call__(self) -> StackStatus:
        """Look.

        Raises:
            OperateError: Front doors, storage or stack do not answer, or an adoption has not ended.
        """
        if adoption := self._adoption():
            raise OperateError(adoption)
        renew_questions(self._store)
        if self._clock() - self._read_at >= RENEWAL_SECONDS:
            self._read_at = self._clock()
            with suppress(OperateError):
                self._facts = self._again()
        observed = self._observe()
        built = _built(observed)
        if self._built is not None and built != self._built:
            self._facts = self._again()
            observed = self._operations.observe(self._facts)
        self._built = built
        return status(self._environment, observed, self._store, self._rotation(), self._live_setting())

    def _observe(self) -> ObservedState:
        """Observe; where doors do not answer, read the stack first: a recovery may have replaced them."""
        try:
            return self._operations.observe(self._facts)
        except OperateError:
            if self._clock() - self._asked_at < _AGAIN_SECONDS:
                raise
            self._asked_at = self._clock()
            self._facts = self._again()
            return self._operations.observe(self._facts)


def _built(observed: ObservedState) -> _Built:
    """Name the last build there was, under way or in the history."""
    current, last = observed.current, observed.last
    done = current.id if current and Step.BUILD in current.state.done else ""
    return done, last.id if last else ""
