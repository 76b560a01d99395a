"""A stack's status, with its outputs read again after a build."""

from collections.abc import Callable

from operate.stack.facts import Facts
from operate.stack.status import StackStatus, status
from operate.store.object_store import ObjectStore
from operate.swap.operations import Operations
from operate.swap.plan import Step
from operate.swap.start import ObservedState

_Built = tuple[str, str]


class WatchedStack:
    """One stack, watched.

    Args:
        environment: the stack's name.
        facts: Of the stack at the start.
        operations: what can be seen of it.
        store: of lock and history.
        again: asks the stack; takes a second or two, so it is asked only after a build or a retirement.
    """

    def __init__(
        self,
        environment: str,
        facts: Facts,
        operations: Operations,
        store: ObjectStore,
        again: Callable[[], Facts],
    ) -> None:
        self._environment, self._operations, self._store = environment, operations, store
        self._facts, self._again = facts, again
        self._built: _Built | None = None

    def __call__(self) -> StackStatus:
        """Look.

        Raises:
            OperateError: doors, storage or stack cannot be asked.
        """
        observed = self._operations.observe(self._facts)
        built = _built(observed)
        if self._built is not None and built != self._built:
            self._facts = self._again()
            observed = self._operations.observe(self._facts)
        self._built = built
        return status(self._environment, observed, self._store)


def _built(observed: ObservedState) -> _Built:
    """Name the last build there was, under way or in the history."""
    current, last = observed.current, observed.last
    done = current.id if current and Step.BUILD in current.state.done else ""
    return done, last.id if last else ""
