"""A lane: one client that goes round after round, in a thread of its own."""

import threading
import time
import traceback
from dataclasses import dataclass, field
from typing import Protocol

from harness.load.tally import Tally

_END = 120.0
"""Seconds for which a lane that was stopped may finish its round (choice)."""


class Round(Protocol):
    """What a lane does again and again."""

    def turn(self, stop: threading.Event) -> None:
        """Do it once; `stop` ends its pauses, not its requests."""

    def close(self) -> None:
        """Close what it keeps open."""


@dataclass
class Lane:
    """One of the threads of a load.

    Attributes:
        name: Name of the lane.
        round: Returns after one round of the lane.
        period: Seconds from the beginning of one round to that of the next, if that is not late already.
        tally: Tally that counts a round that breaks off by itself.
    """

    name: str
    round: Round
    period: float
    tally: Tally
    _thread: threading.Thread = field(init=False)

    def start(self, stop: threading.Event) -> None:
        """Begin."""
        self._thread = threading.Thread(target=self._run, args=(stop,), name=self.name, daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Wait for its end; `stop` was set before."""
        self._thread.join(_END)
        if self._thread.is_alive():
            self.tally.failed(self.name, "failed", f"its round did not end within {_END:.0f} s")

    def _run(self, stop: threading.Event) -> None:
        following = time.monotonic()
        try:
            while not stop.is_set():
                self.round.turn(stop)
                following = max(following + self.period, time.monotonic())
                stop.wait(max(0.0, following - time.monotonic()))
        except Exception:  # A lane that ends by itself is a failure, whatever ended it.
            self.tally.failed(self.name, "failed", traceback.format_exc()[-500:])
        finally:
            self.round.close()
