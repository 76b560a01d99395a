"""What is being done, and for how long: one line a step, with the seconds since the command began."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

_BEGAN = time.monotonic()
_HEARTBEAT_SECONDS = 15


def say(message: str) -> None:
    """Print one line on standard error with the elapsed seconds."""
    sys.stderr.write(f"local: {message} ({time.monotonic() - _BEGAN:.0f} s)\n")
    sys.stderr.flush()


@contextmanager
def step(name: str) -> Iterator[None]:
    """Announce a step, tell every quarter of a minute that it goes on, and how long it took."""
    began = time.monotonic()
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(_HEARTBEAT_SECONDS):
            say(f"{name}: still at it")

    say(f"{name} ...")
    heart = threading.Thread(target=beat, daemon=True)
    heart.start()
    try:
        yield
    finally:
        ended.set()
        heart.join()
    say(f"{name}: took {time.monotonic() - began:.1f} s")
