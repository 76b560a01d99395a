"""Work beside other work, such as a call of Pulumi while something is loaded."""

from collections.abc import Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from contextvars import copy_context
from typing import Any, TypeVar

T = TypeVar("T")
_POLL_SECONDS = 0.5
"""Python takes a signal between two waits: one that comes as a wait begins, or to another thread, ends none
(choice)."""
_unfinished: set[Future[object]] = set()


def in_background(work: Callable[[], T]) -> "Future[T]":
    """Start work in a thread of its own.

    Args:
        work: Work to do; whoever reads the result gets its exception.
    """
    pool = ThreadPoolExecutor(1)
    # What it waits for is part of the step that starts it.
    future = pool.submit(copy_context().run, work)
    _unfinished.add(future)  # type: ignore[arg-type]
    future.add_done_callback(_unfinished.discard)
    pool.shutdown(wait=False)
    return future


def finish_background() -> None:
    """Wait for the end of all such work; a program calls it last.

    A program that ended before would stop what takes the events of a running Pulumi, which then waits for
    it for ever, as the program does for Pulumi.
    """
    await_end(list(_unfinished))


def await_end(futures: Collection[Future[Any]]) -> None:
    """Wait for the end of some work, whatever interrupts there are: what waits for Pulumi ends with that."""
    while not all(future.done() for future in futures):
        with suppress(KeyboardInterrupt):
            wait(futures, timeout=_POLL_SECONDS)


def result_of(future: "Future[T]") -> T:
    """Wait for the result of some work, or its exception.

    Raises:
        KeyboardInterrupt: A signal ends the wait; the work continues.
    """
    while not future.done():
        wait([future], timeout=_POLL_SECONDS)
    return future.result()
