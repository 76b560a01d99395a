"""The steps of the local environment, each with its seconds."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from messages.progress import muted, report, step


@contextmanager
def measured(name: str) -> Iterator[Callable[[str], None]]:
    """Show a step while the block runs, and report its seconds at the end.

    What commands write meanwhile stands above the live line; see `dev.local.process.run`.

    Args:
        name: What it is, for people.

    Yields:
        Function that renames it while it is under way.
    """
    started_at = time.monotonic()
    with step(name) as rename:
        yield rename
    report(f"{name}: {time.monotonic() - started_at:.1f} s")


@contextmanager
def announced(name: str) -> Iterator[None]:
    """Report that a step starts and the seconds that it took, for one whose command has the terminal."""
    started_at = time.monotonic()
    report(f"{name} ...")
    with muted():
        yield
    report(f"{name}: {time.monotonic() - started_at:.1f} s")
