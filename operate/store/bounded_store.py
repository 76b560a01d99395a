"""The store of a command that changes nothing, which waits for all answers together so long and no longer."""

import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, wait
from contextvars import Context, copy_context
from typing import Any, TypeVar

from operate.store.object_store import ObjectStore, Stored, StoreError

T = TypeVar("T")

QUESTION_SECONDS = 10.0
"""For which all questions of one command may take (choice): a storage that works answers each in 0.05."""
SLOW_STORAGE_REMEDY = (
    "See the provider's status page; `operate status ENV` shows what the front doors serve meanwhile, and"
    " docs/design/storage.md, When it answers slowly, how to take another endpoint"
)
"""What helps where the storage is slow."""


class SlowStoreError(StoreError):
    """The store answers too slowly to be waited for."""


class BoundedStore:
    """Passes questions on, and gives up once their answers have taken too long in all.

    A thread of its own asks, since a storage may send a byte now and then for ever; nobody waits for its end.

    Args:
        inner: where the objects are.
        place: of the store, for people.
        seconds: for all questions together.
    """

    def __init__(self, inner: ObjectStore, place: str, seconds: float = QUESTION_SECONDS) -> None:
        self._inner, self._place, self._seconds = inner, place, seconds
        self._remaining = seconds
        self._questions: queue.SimpleQueue[tuple[Context, Callable[[], Any], Future[Any]]] = (
            queue.SimpleQueue()
        )
        self._thread: threading.Thread | None = None

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

    def _ask(self, question: Callable[[], T]) -> T:
        started_at = time.monotonic()
        answer: Future[T] = Future()
        if self._remaining > 0:
            self._questions.put((copy_context(), question, answer))
            self._start()
            wait([answer], self._remaining)
            self._remaining -= time.monotonic() - started_at
        if not answer.done():
            self._remaining = 0.0
            raise SlowStoreError(
                f"{self._place} answers too slowly: its answers have taken more than {self._seconds:g} s, so"
                " that lock, records and history are not known; pulls and pushes wait as well where it"
                f" answers servers no faster. {SLOW_STORAGE_REMEDY}"
            )
        return answer.result()

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._answer, name="bounded store", daemon=True)
            self._thread.start()

    def _answer(self) -> None:
        while True:
            context, question, answer = self._questions.get()
            try:
                answer.set_result(context.run(question))
            except BaseException as error:
                answer.set_exception(error)
