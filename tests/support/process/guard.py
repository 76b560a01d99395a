"""Refuses processes to tests that belong to a tier which starts none.

Python raises an audit event before it starts a process: for `subprocess`, which asyncio uses as well, and for
the functions of `os`. Only multiprocessing's `spawn` raises none. A hook cannot be removed, so there is one,
which a context manager activates.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_EVENTS = frozenset({"subprocess.Popen", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.system"})
"""Of CPython, when a process starts: https://docs.python.org/3/library/audit_events.html."""
_LIBRARIES = frozenset({"importlib._bootstrap", "ctypes.util", "platform", "uuid"})
"""Modules that ask the machine about itself by `ldconfig` and `uname`, in whichever test comes first.

The first of them imports modules: Trio looks for a library of C while it is imported.
"""


class ProcessRefusedError(BaseException):
    """A test starts a process and is in a tier whose tests start none.

    It is no `Exception`, which the code under test may catch.
    """


class _Guard:
    """Refuses processes while a test runs.

    Attributes:
        test: Node of the running test, None while none runs.
        refusal: The first process that was refused to it.
    """

    def __init__(self) -> None:
        self.test: str | None = None
        self.refusal: ProcessRefusedError | None = None
        self._is_installed = False

    def install(self) -> None:
        """Have Python call the hook, once."""
        if not self._is_installed:
            self._is_installed = True
            sys.addaudithook(_refuse_starts)

    def refuse(self, start: str) -> None:
        """Refuse a process to the running test.

        Args:
            start: Event and words of what is to be started.

        Raises:
            ProcessRefusedError: A test runs, and no library asks the machine about itself.
        """
        if self.test is None or _is_of_a_library(sys._getframe(1)):
            return
        refusal = ProcessRefusedError(
            f"{self.test} starts a process ({start}); tests of this tier start none. Move it to the module of"
            " the same name in tests/process, see docs/design/tests.md, or start none."
        )
        self.refusal = self.refusal or refusal
        raise refusal


_GUARD = _Guard()


def _refuse_starts(event: str, arguments: tuple[object, ...]) -> None:
    # A function, since Python takes six times as long to call a method for each of its million events.
    if event in _EVENTS:
        _GUARD.refuse(f"{event} {arguments[1]}" if event == "subprocess.Popen" else event)


@contextmanager
def refuse_processes(test: str) -> Iterator[None]:
    """Fail a test that starts a process, also where the code under test goes on without it.

    Args:
        test: Node of the test, for the message.

    Raises:
        ProcessRefusedError: A process was to be started. It has not been.
    """
    outer = _GUARD.test, _GUARD.refusal
    _GUARD.install()
    _GUARD.test, _GUARD.refusal = test, None
    try:
        yield
    finally:
        refusal = _GUARD.refusal
        _GUARD.test, _GUARD.refusal = outer
        if refusal is not None and sys.exc_info()[1] is not refusal:
            raise refusal


def _is_of_a_library(frame: FrameType | None) -> bool:
    """Return whether a library asks the machine about itself."""
    while frame is not None:
        if frame.f_globals.get("__name__") in _LIBRARIES:
            return True
        frame = frame.f_back
    return False
