"""A client that asks a front door for something all the while, beside those who harm it."""

import threading
import time
from dataclasses import dataclass, field
from typing import Self

from harness.load.latency import percentile
from harness.proxies.guarded_front_door import GuardedDoor

MOST_P99 = 2.0
"""How many times as long its p99 may be beside others as without them."""
_PAUSE_SECONDS = 0.005


@dataclass
class GoodClient:
    """Who asks for something all the while, on a new connection each time.

    Attributes:
        door: Address of the front door.
        times: Seconds of each request.
        failures: Answers that were not 200, and errors.
    """

    door: GuardedDoor
    times: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    _ended: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._ended.clear()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        if self._thread is not None:
            self._thread.join()

    @property
    def p99(self) -> float:
        """Seconds."""
        return percentile(self.times, 0.99)

    def _run(self) -> None:
        client = self.door.client()
        while not self._ended.wait(_PAUSE_SECONDS):
            start = time.perf_counter()
            try:
                status = client.status(f"{self.door.root}good")
            except OSError as error:
                self.failures.append(repr(error))
                continue
            self.times.append(time.perf_counter() - start)
            if status != 200:
                self.failures.append(f"status {status}")
