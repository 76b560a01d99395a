"""Progress on standard error: one line a step, with the seconds since the work began."""

import sys
import time


class Progress:
    """Reports each step of a long piece of work, with the seconds since it started.

    Args:
        subject: what the lines begin with.
    """

    def __init__(self, subject: str) -> None:
        self._subject = subject
        self._started = time.monotonic()

    def report(self, message: str) -> None:
        """Print one line."""
        sys.stderr.write(f"{self._subject}: {message} ({time.monotonic() - self._started:.0f} s)\n")
        sys.stderr.flush()
