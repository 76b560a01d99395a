"""A client that asks a front door again and again: what fails, and how long it waits."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from harness.background import Background
from harness.clients.registry_client import Client
from harness.waiting import until


@dataclass
class Watch(Background):
    """One who asks `/v2/` on a new connection, again and again; what goes wrong, and the longest wait."""

    client: Client
    failures: list[str] = field(default_factory=list)
    answered: list[float] = field(default_factory=list)

    def works(self) -> Sequence[Callable[[], None]]:
        return [self._run]

    @property
    def longest(self) -> float:
        """Seconds between two answers, at most."""
        return max(after - before for before, after in zip(self.answered, self.answered[1:], strict=False))

    def await_more(self, count: int) -> None:
        expected_count = len(self.answered) + count
        until(lambda: len(self.answered) >= expected_count, f"{count} more answers", 60)

    def _run(self) -> None:
        while self.goes_on(0.02):
            try:
                assert self.client.status() == 200
                self.answered.append(time.monotonic())
            except (OSError, AssertionError) as error:
                self.failures.append(repr(error))
