"""What goes on in threads of its own, from the beginning of a context to its end."""

import threading
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

_END = 60.0
"""Seconds within which a stopped thread must end (choice)."""


class Background:
    """A base of clients that go on until the context ends."""

    def __enter__(self) -> Self:
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=work) for work in self.works()]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(_END)

    def works(self) -> Sequence[Callable[[], None]]:
        """What each thread runs: to its end, which comes soon once `goes_on` says no."""
        raise NotImplementedError

    def goes_on(self, seconds: float) -> bool:
        """Wait that long, or until the end of the context; whether to go on."""
        return not self._stop.wait(seconds)
