"""The control endpoint's memory, for tests: planned faults, triggered faults, and counts of the calls."""

import threading
from collections import Counter

from cloud.api.control.faults import PlannedFault, RandomFaults
from cloud.values import Json


class ControlState:
    """Counts calls and hands out faults; safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: Counter[str] = Counter()
        self._planned: list[PlannedFault] = []
        self._random: RandomFaults | None = None
        self._since: Counter[str] = Counter()
        self._triggered: list[Json] = []

    def plan(self, fault: PlannedFault) -> None:
        """Add a fault."""
        with self._lock:
            self._planned.extend([fault] * max(fault.times, 0))

    def plan_random(self, random_faults: RandomFaults) -> None:
        """Inject random faults from now on, instead of those of an earlier seed."""
        with self._lock:
            self._random = random_faults
            self._since.clear()

    def clear(self) -> None:
        """Forget the planned faults, and the triggered ones."""
        with self._lock:
            self._planned.clear()
            self._random = None
            self._triggered.clear()

    def record_call(self, method: str) -> PlannedFault | None:
        """Count a call; its fault, which is used up by that. Planned ones come before random ones."""
        with self._lock:
            self._calls[method] += 1
            self._since[method] += 1
            fault = next((fault for fault in self._planned if fault.method == method), None)
            if fault:
                self._planned.remove(fault)
            elif self._random:
                fault = self._random.draw(method, self._since[method])
            if fault:
                self._triggered.append({"method": method, "call": self._calls[method], "kind": fault.kind})
            return fault

    def counts(self) -> dict[str, Json]:
        """Return how often each `Service::method` was called since this process began."""
        with self._lock:
            return dict(self._calls)

    def triggered(self) -> list[Json]:
        """Return the triggered faults, in order: method, which call of it, kind."""
        with self._lock:
            return list(self._triggered)
