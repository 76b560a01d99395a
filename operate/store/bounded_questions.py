"""Questions of a command that changes nothing, for whose answers it waits so long in all and no longer."""

import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from contextvars import Context, copy_context
from typing import Any, TypeVar

from operate.error import OperateError

T = TypeVar("T")

QUESTION_SECONDS = 10.0
"""For which all questions of one command may take (choice): a storage that works answers each in 0.05."""


class SlowAnswerError(OperateError):
    """An answer takes too long to be waited for."""


class BoundedQuestions:
    """Asks, and gives up once the answers have taken too long in all.

    A thread of its own asks, since a storage may send a byte now and then for ever; nobody waits for its end.

    Args:
        seconds: Seconds for all questions together.
    """

    def __init__(self, seconds: float = QUESTION_SECONDS) -> None:
        self._seconds = self._remaining = seconds
        self._questions: queue.SimpleQueue[tuple[Context, Callable[[], Any], Future[Any]]] = (
            queue.SimpleQueue()
        )
        self._thread: threading.Thread | None = None

    def renew(self) -> None:
        """Let the answers take as long again, for a command that keeps running, such as a dashboard."""
        self._remaining = self._seconds

    def ask(self, question: Callable[[], T]) -> T:
        """Return the answer to a question.

        Raises:
            SlowAnswerError: The answers have taken too long.
        """
        started_at = time.monotonic()
        answer: Future[T] = Future()
        if self._remaining > 0:
            self._questions.put((copy_context(), question, answer))
            self._start()
            wait([answer], self._remaining)
            self._remaining -= time.monotonic() - started_at
        if not answer.done():
            answer.cancel()
            self._remaining = 0.0
            raise SlowAnswerError(f"answers have taken more than {self._seconds:g} s")
        return answer.result()

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._answer, name="bounded questions", daemon=True)
            self._thread.start()

    def _answer(self) -> None:
        while True:
            context, question, answer = self._questions.get()
            if not answer.set_running_or_notify_cancel():
                continue  # nobody waits for it any more
            try:
                answer.set_result(context.run(question))
            except BaseException as error:
                answer.set_exception(error)
