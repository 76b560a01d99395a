"""Progress lines on standard error: standard output belongs to the one line that scripts read."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

# Choice: enough to see that it lives, without flooding a CI log.
INTERVAL_SECONDS = 15.0

_STARTED = time.monotonic()


def report(text: str) -> None:
    """Print a line with the seconds since the program started."""
    print(f"engine: {text} ({time.monotonic() - _STARTED:.0f} s)", file=sys.stderr, flush=True)


@contextmanager
def step(text: str) -> Iterator[None]:
    """Report a step as it starts, and every 15 s for how long it has run."""
    started = time.monotonic()
    ended = threading.Event()

    def repeat() -> None:
        while not ended.wait(INTERVAL_SECONDS):
            report(f"{text} ... {time.monotonic() - started:.0f} s")

    report(text)
    thread = threading.Thread(target=repeat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
