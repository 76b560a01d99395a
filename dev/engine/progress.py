"""Progress lines on standard error: standard output belongs to the one line that scripts read."""

import sys
import time

_STARTED = time.monotonic()


def report(text: str) -> None:
    """Print a line with the seconds since the program started."""
    print(f"engine: {text} ({time.monotonic() - _STARTED:.0f} s)", file=sys.stderr, flush=True)
