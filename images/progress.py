"""Progress on standard error: one line a step, with the seconds since the work began."""

import sys
import time


class Progress:
    """Tells what is being done, and for how long.

    Args:
        subject: what the lines begin with.
    """

    def __init__(self, subject: str) -> None:
        self._subject = subject
        self._began = time.monotonic()

    def say(self, message: str) -> None:
        """Print one line."""
        sys.stderr.write(f"{self._subject}: {message} ({time.monotonic() - self._began:.0f} s)\n")
        sys.stderr.flush()
