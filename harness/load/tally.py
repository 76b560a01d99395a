"""What clients of a mixed load saw: every request with its time, every failure with its text."""

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

Fault = Literal["failed", "truncated", "wrong digest"]
_SLOWEST = 10
"""Answers that a summary shows (choice)."""
FAULTS: tuple[Fault, ...] = ("failed", "truncated", "wrong digest")


@dataclass(frozen=True)
class AnswerTime:
    """One request that was answered as it should be.

    Attributes:
        at: Time at which it was sent, seconds of the monotonic clock.
        kind: What was asked for.
        seconds: Seconds until the last byte of the answer.
    """

    at: float
    kind: str
    seconds: float

    @property
    def ended(self) -> float:
        """When its answer was there as a whole."""
        return self.at + self.seconds


@dataclass(frozen=True)
class Failure:
    """One request that was not.

    Attributes:
        at: Time at which it was found, seconds of the monotonic clock.
        kind: What was asked for.
        fault: Description of the fault.
        text: Description of what was seen.
    """

    at: float
    kind: str
    fault: Fault
    text: str


@dataclass(frozen=True)
class Upload:
    """An upload in chunks that ended well: when its first request was sent and its last one answered."""

    started: float
    ended: float


@dataclass
class Tally:
    """Written by many threads, read at any time."""

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _answer_times: list[AnswerTime] = field(default_factory=list)
    _failures: list[Failure] = field(default_factory=list)
    _uploads: list[Upload] = field(default_factory=list)

    def answered(self, kind: str, at: float) -> None:
        """Note a request that was sent at `at` and has just been answered as a whole."""
        answer_moment = AnswerTime(at, kind, time.monotonic() - at)
        with self._lock:
            self._answer_times.append(answer_moment)

    def failed(self, kind: str, fault: Fault, text: str) -> None:
        """Note a request that was not answered as it should be."""
        failure = Failure(time.monotonic(), kind, fault, text[:500])
        with self._lock:
            self._failures.append(failure)

    def summarize(self) -> str:
        """Return lines with all failures and the slowest answers, with seconds since the first request."""
        slowest = sorted(self.answer_times, key=lambda answer: answer.seconds)[-_SLOWEST:]
        first = min((answer.at for answer in self.answer_times), default=0.0)
        return "\n".join(
            [
                f"load: {self.requests} requests, {len(self.failures)} failed",
                *(
                    f"  {fault.at - first:6.1f} s {fault.kind}: {fault.fault}: {fault.text}"
                    for fault in self.failures
                ),
                *(
                    f"  {slow.ended - first:6.1f} s {slow.kind}: answered after {slow.seconds:.1f} s"
                    for slow in slowest
                ),
            ]
        )

    def uploaded(self, started_at: float) -> None:
        """Note an upload in chunks that has just ended."""
        upload = Upload(started_at, time.monotonic())
        with self._lock:
            self._uploads.append(upload)

    @property
    def requests(self) -> int:
        """All that were made, failed ones included."""
        with self._lock:
            return len(self._answer_times) + len(self._failures)

    @property
    def answer_times(self) -> Sequence[AnswerTime]:
        """Requests answered well, so far."""
        with self._lock:
            return tuple(self._answer_times)

    @property
    def failures(self) -> Sequence[Failure]:
        """Requests that were not, so far."""
        with self._lock:
            return tuple(self._failures)

    @property
    def uploads(self) -> Sequence[Upload]:
        """Uploads in chunks, so far."""
        with self._lock:
            return tuple(self._uploads)

    def faults(self) -> Mapping[Fault, int]:
        """Number of failures by fault."""
        failures = self.failures
        return {fault: sum(failure.fault == fault for failure in failures) for fault in FAULTS}
