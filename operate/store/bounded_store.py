"""The store of a command that changes nothing, which waits for all answers together so long and no longer."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from operate.store.bounded_questions import QUESTION_SECONDS, BoundedQuestions, SlowAnswerError
from operate.store.object_store import ObjectStore, Stored, StoreError

T = TypeVar("T")

SLOW_STORAGE_REMEDY = (
    "See the provider's status page; `operate status ENV` shows what the front doors serve meanwhile, and"
    " docs/design/storage.md, When it answers slowly, how to take another endpoint"
)
"""What helps where the storage is slow."""


class SlowStoreError(StoreError):
    """The store answers too slowly to be waited for."""


class BoundedStore:
    """Passes questions on, and gives up once their answers have taken too long in all.

    Args:
        inner: Store where the objects are.
        place: Place of the store, for people.
        seconds: Seconds for all questions together.
    """

    def __init__(self, inner: ObjectStore, place: str, seconds: float = QUESTION_SECONDS) -> None:
        self._inner, self._place, self._seconds = inner, place, seconds
        self._questions = BoundedQuestions(seconds)

    def get(self, name: str) -> Stored | None:
        """Return an object; None where it is not there."""
        return self._ask(lambda: self._inner.get(name))

    def put(self, name: str, content: bytes) -> None:
        """Write an object, over one that is there."""
        self._ask(lambda: self._inner.put(name, content))

    def create(self, name: str, content: bytes) -> bool:
        """Write an object that is not there yet; False, and nothing written, where it is."""
        return self._ask(lambda: self._inner.create(name, content))

    def delete(self, name: str) -> None:
        """Take an object away; nothing to do where it is not there."""
        self._ask(lambda: self._inner.delete(name))

    def names(self, prefix: str) -> Sequence[str]:
        """List the names that begin so, sorted."""
        return self._ask(lambda: self._inner.names(prefix))

    def renew(self) -> None:
        """Let the answers take as long again."""
        self._questions.renew()

    def _ask(self, question: Callable[[], T]) -> T:
        try:
            return self._questions.ask(question)
        except SlowAnswerError:
            raise SlowStoreError(
                f"{self._place} answers too slowly: its answers have taken more than {self._seconds:g} s, so"
                " that lock, records and history are not known; pulls and pushes wait as well where it"
                f" answers servers no faster. {SLOW_STORAGE_REMEDY}"
            ) from None


def renew_questions(store: ObjectStore) -> None:
    """Let a store's answers take as long again, for each question to a command that runs on.

    Args:
        store: Store of the command; nothing is done where it has no limit.
    """
    if isinstance(store, BoundedStore):
        store.renew()
