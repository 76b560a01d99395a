"""Shows how far a migration is: a bar on a terminal, a line an image elsewhere. On standard error."""

import sys
import threading
import time
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from messages.count import format_count
from operate.migration.report import Outcome

_HEARTBEAT_SECONDS = 15


class ProgressDisplay:
    """The progress of one migration; may be used by several threads.

    Args:
        console: Console to print to; with a bar only if it is a terminal.
    """

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(file=sys.stderr)
        self._telling = threading.Lock()
        self._started_at = self._last = time.monotonic()
        self._images = self._done = self._bytes = self._read = 0
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            TextColumn("{task.fields[images]}"),
            TimeRemainingColumn(),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._task = self._bar.add_task("layers", total=None, images="")

    def __enter__(self) -> "ProgressDisplay":
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def log(self, message: str) -> None:
        """Log one line."""
        elapsed = time.monotonic() - self._started_at
        self._console.print(f"{elapsed:7.1f} s  {message}", markup=False, highlight=False, soft_wrap=True)

    def planned(self, images: int, size: int) -> None:
        """Set how many images and bytes of layers there are."""
        self._images, self._bytes = images, size
        self._bar.update(self._task, total=size, images=f"0/{format_count(images, 'image')}")

    def passed(self, size: int) -> None:
        """Count bytes of layers that are done."""
        with self._telling:
            self._read += size
            beat = not self._console.is_terminal and time.monotonic() - self._last > _HEARTBEAT_SECONDS
            if beat:
                self._last = time.monotonic()
        self._bar.advance(self._task, size)
        if beat:
            self.log(f"{self._read} of {self._bytes} bytes of layers")

    def image(self, outcome: Outcome) -> None:
        """Count an image that is done."""
        with self._telling:
            self._done += 1
            number = self._done
            self._last = time.monotonic()
        self._bar.update(self._task, images=f"{number}/{format_count(self._images, 'image')}")
        if not self._console.is_terminal:
            self.log(f"{number}/{self._images} {outcome.status}: {outcome.reference}")
