"""What a program waits for: one live line on a terminal, a few lines a step elsewhere. On standard error.

The terminal belongs to the process, and so does its progress: any part of the program names what it waits
for by `step`, as it would log. Standard output belongs to results.
"""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from messages.live_line import LiveLine

LINE_SECONDS = 5.0
"""Seconds after which a step is reported by a line where there is no terminal (choice)."""
REPEAT_SECONDS = 15.0
"""Seconds after which a step that goes on has a second line, and a further one after each three times as long
(choice): minutes without a line look like a command that hangs."""
LIVE_SECONDS = 1.0
"""Seconds after which a step is shown on a terminal, so that quick ones do not flicker (choice)."""
_PART_SECONDS = 1.0
"""Seconds after which a part is more than one of many quick ones, such as reads (choice)."""
_REPEAT_FACTOR = 3
_REFRESH_SECONDS = 0.2


@dataclass(eq=False)
class _Step:
    """Something that is waited for.

    Attributes:
        name: Name of the step, for people.
        started_at: Time in monotonic seconds.
        parent: The step of which it is a part.
        line_seconds: Seconds after which a line names it; None is as for every other step.
        is_reported: Whether a line has named it.
        next_seconds: Age at which a further line names it.
    """

    name: str
    started_at: float
    parent: "_Step | None"
    line_seconds: float | None = None
    is_reported: bool = False
    next_seconds: float = REPEAT_SECONDS

    @property
    def path(self) -> "list[_Step]":
        """The step and those of which it is a part, the outermost first."""
        return [*(self.parent.path if self.parent else ()), self]

    def find_overdue(self, now: float, seconds: float) -> "_Step | None":
        """Return what a line is to name; None where nothing is overdue, or a line has named it not long ago.

        A quick part, such as one read of many, says nothing of what takes so long.

        Args:
            now: Time in monotonic seconds.
            seconds: Age of a step that is named, and of a whole of which no part was ever named.
        """
        path = self.path
        is_silent = not any(part.is_reported for part in path) and now - path[0].started_at >= seconds
        age = min(seconds, _PART_SECONDS) if is_silent else seconds
        ages = {step: age if step.line_seconds is None else min(age, step.line_seconds) for step in path}
        overdue = [step for step in path if now - step.started_at >= ages[step]]
        if not overdue:
            return None
        is_due = not overdue[-1].is_reported or now - overdue[-1].started_at >= overdue[-1].next_seconds
        return overdue[-1] if is_due else None

    def take_line(self, now: float) -> str:
        """Return the line that names the step now, with its seconds where one has named it before."""
        line = f"{self.title} ..." + (f" ({int(now - self.started_at)} s)" if self.is_reported else "")
        for part in self.path:
            part.is_reported = True
            while part.next_seconds <= now - part.started_at:
                part.next_seconds *= _REPEAT_FACTOR
        return line

    @property
    def title(self) -> str:
        """For people, such as `build: pulumi up`; a part of the same name is not named twice."""
        names = [step.name for step in self.path]
        return ": ".join(name for at, name in enumerate(names) if at == 0 or name != names[at - 1])


_current: ContextVar[_Step | None] = ContextVar("current step", default=None)
_muted: ContextVar[bool] = ContextVar("muted", default=False)


class Progress:
    """The progress of a program; may be used by several threads.

    Args:
        stream: Stream that progress is written to; None is standard error.
        line_seconds: Seconds after which a step is reported by a line where there is no terminal.
        live_seconds: Seconds after which a step is shown on a terminal.
        repeat_seconds: Seconds after which a step has a second line where there is no terminal.

    Attributes:
        stack: Name of the stack in the commands of lines; "" where the program acts on none.
    """

    def __init__(
        self,
        stream: TextIO | None = None,
        line_seconds: float = LINE_SECONDS,
        live_seconds: float = LIVE_SECONDS,
        repeat_seconds: float = REPEAT_SECONDS,
    ) -> None:
        self._stream, self._line_seconds, self._live_seconds = stream, line_seconds, live_seconds
        self._repeat_seconds = repeat_seconds
        self.stack = ""
        self._started_at = time.monotonic()
        self._steps: list[_Step] = []
        self._lock = threading.RLock()
        self._live_line: LiveLine | None = None
        self._watcher: threading.Thread | None = None
        self._interrupted_step = ""

    def report(self, message: str) -> None:
        """Write a line with the seconds since the program started."""
        from messages.stack_name import name_stack  # `operate --help` does not wait for it

        self.write_line(f"{time.monotonic() - self._started_at:7.1f} s  {name_stack(message, self.stack)}")

    def write_line(self, line: str) -> None:
        """Write a line as it is, above the live line where there is one."""
        with self._lock:
            if self._live_line is not None:
                self._live_line.write(line)
            else:
                stream = self._output
                stream.write(f"{line}\n")
                stream.flush()

    @contextmanager
    def step(self, name: str, line_seconds: float | None = None) -> Iterator[Callable[[str], None]]:
        """Name what is waited for while the block runs.

        Args:
            name: Name of the step, for people.
            line_seconds: Seconds after which a line names it where there is no terminal; None is as for every
                other step. For what an operator would otherwise take for a command that hangs.

        Yields:
            Function that renames it while it is under way.
        """
        if _muted.get():
            yield _ignore
            return
        step = _Step(name, time.monotonic(), _current.get(), line_seconds, next_seconds=self._repeat_seconds)
        token = _current.set(step)
        self._start(step)

        def rename(new_name: str) -> None:
            step.name = new_name

        try:
            yield rename
        except KeyboardInterrupt:
            self._interrupted_step = self._interrupted_step or step.title
            raise
        finally:
            _current.reset(token)
            self._end(step)

    @property
    def interrupted_step(self) -> str:
        """The step that an interrupt has ended, with those of which it is a part; "" where none was."""
        return self._interrupted_step

    def forget_interrupted_step(self) -> None:
        """Begin again: a command starts."""
        self._interrupted_step = ""

    @property
    def has_live_line(self) -> bool:
        """Whether what another program writes to the terminal would disturb a live line."""
        with self._lock:
            return bool(self._steps) and self._is_terminal

    @property
    def _output(self) -> TextIO:
        return self._stream or sys.stderr

    @property
    def _is_terminal(self) -> bool:
        if not self._output.isatty():
            return False
        from messages.live_line import can_be_live  # rich takes a tenth of a second to load

        return can_be_live(self._output)

    def _start(self, step: _Step) -> None:
        with self._lock:
            self._steps.append(step)
            if self._watcher is None or not self._watcher.is_alive():
                self._watcher = threading.Thread(target=self._watch, name="progress", daemon=True)
                self._watcher.start()

    def _end(self, step: _Step) -> None:
        with self._lock:
            self._steps.remove(step)
            if not self._steps and self._live_line is not None:
                # A terminal that has ended takes nothing any more.
                with suppress(OSError):
                    self._live_line.close()
                self._live_line = None

    def _watch(self) -> None:
        """Show the steps for as long as there are any; quick ones in a row share the thread."""
        while True:
            time.sleep(_REFRESH_SECONDS)
            with self._lock:
                if not self._steps:
                    self._watcher = None
                    return
                self._show(time.monotonic())

    def _show(self, now: float) -> None:
        if not self._is_terminal:
            self._report_late_steps(now)
        elif self._live_line is not None:
            self._live_line.refresh()
        elif any(now - step.started_at >= self._live_seconds for step in self._steps):
            from messages.live_line import LiveLine

            self._live_line = LiveLine(self._output, self._describe)

    def _report_late_steps(self, now: float) -> None:
        for step in self._innermost():
            if overdue := step.find_overdue(now, self._line_seconds):
                self.report(overdue.take_line(now))

    def _describe(self) -> str:
        """Return what is waited for, each with the seconds since its outermost step started."""
        now = time.monotonic()
        with self._lock:
            return "; ".join(
                f"{step.title} ({now - step.path[0].started_at:.0f} s)" for step in self._innermost()
            )

    def _innermost(self) -> list[_Step]:
        parents = {step.parent for step in self._steps}
        return [step for step in self._steps if step not in parents]


@contextmanager
def muted() -> Iterator[None]:
    """Show no steps of this thread while the block runs; what another program writes is not disturbed."""
    token = _muted.set(True)
    try:
        yield
    finally:
        _muted.reset(token)


def _ignore(_: str) -> None:
    """Take a name that nobody is shown."""


PROGRESS = Progress()
"""The process's own."""
report = PROGRESS.report
step = PROGRESS.step
