"""Work beside other work, such as a call of Pulumi while something is loaded."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def in_background(work: Callable[[], T]) -> "Future[T]":
    """Start work in a thread of its own.

    Args:
        work: what is done; its exception is raised by whoever asks for the result.
    """
    pool = ThreadPoolExecutor(1)
    future = pool.submit(work)
    pool.shutdown(wait=False)
    return future
