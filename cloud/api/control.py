"""The control endpoint, for tests: faults on demand, and counts of the calls."""

import threading
from collections import Counter
from dataclasses import dataclass
from typing import Literal, get_args

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from cloud.api import arguments, faults
from cloud.values import Json

Kind = Literal[
    "timeout_after_accept",
    "reset_after_accept",
    "error_500_before",
    "error_500_after",
    "rate_limit",
    "before_anniversary",
]
_KINDS: tuple[Kind, ...] = get_args(Kind)
_LONGEST = 600


@dataclass(frozen=True)
class PlannedFault:
    """A fault to come: on which `Service::method`, of which kind, how often, and for a time-out how long."""

    method: str
    kind: Kind
    times: int
    seconds: float


def read_planned_fault(value: Json) -> PlannedFault:
    """The fault a test asks for.

    Raises:
        ApiFault: the request does not describe one.
    """
    wanted = arguments.mapping(value, "The fault")
    method, text = arguments.text(wanted, "method"), arguments.text(wanted, "kind")
    kind = next((one for one in _KINDS if one == text), None)
    if kind is None or "::" not in method:
        raise faults.invalid_parameter(
            f"A method (Service::method) and a kind of {', '.join(_KINDS)} are needed."
        )
    times, pause = arguments.number(wanted.get("times"), "times"), wanted.get("seconds", 0)
    if not isinstance(pause, int | float) or not 0 <= pause <= _LONGEST:
        raise faults.invalid_value("seconds", f"0 to {_LONGEST} are possible.")
    return PlannedFault(method, kind, 1 if times is None else times, float(pause))


class Control:
    """Counts calls and hands out planned faults; safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: Counter[str] = Counter()
        self._planned: list[PlannedFault] = []

    def plan(self, fault: PlannedFault) -> None:
        """Add a fault."""
        with self._lock:
            self._planned.extend([fault] * max(fault.times, 0))

    def clear(self) -> None:
        """Forget the faults still to come."""
        with self._lock:
            self._planned.clear()

    def called(self, method: str) -> PlannedFault | None:
        """Count a call; the fault planned for it, which is used up by that."""
        with self._lock:
            self._calls[method] += 1
            found = next((one for one in self._planned if one.method == method), None)
            if found:
                self._planned.remove(found)
            return found

    def counts(self) -> dict[str, Json]:
        """How often each `Service::method` was called since this process began."""
        with self._lock:
            return dict(self._calls)


class Cut(Response):
    """A response that breaks off: a promised body never comes and the server closes the connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the beginning alone."""
        headers = [(b"content-type", b"application/octet-stream"), (b"content-length", b"1000000")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b" ", "more_body": True})
