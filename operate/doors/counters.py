"""What a front door's backends have counted; pure.

Counters are those of HAProxy's backends (`show stat`, management.txt 9.1). They go back when a process ends,
so that a difference below zero counts from there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Counters:
    """What a backend has counted.

    Attributes:
        requests: Requests that the backend received.
        failed: Answered 5xx, refused, cut, or not answered.
        bytes_moved: Bytes both ways.
        sessions: Sessions under way.
        response_ms: Mean time to the first byte of the last 1024 answers.
        up: Whether the door's own health check is content.
    """

    requests: int
    failed: int
    bytes_moved: int
    sessions: int
    response_ms: float
    up: bool = True


def sum_counters(all_doors: Sequence[Counters]) -> Counters:
    """Return the sums of one colour over all front doors and generations."""
    return Counters(
        requests=sum(counters.requests for counters in all_doors),
        failed=sum(counters.failed for counters in all_doors),
        bytes_moved=sum(counters.bytes_moved for counters in all_doors),
        sessions=sum(counters.sessions for counters in all_doors),
        response_ms=max((counters.response_ms for counters in all_doors), default=0.0),
        up=all(counters.up for counters in all_doors),
    )


def counter_delta(before: int, now: int) -> int:
    """Return how much a counter has grown; one that went back restarted with its process."""
    return now - before if now >= before else now


def colour_totals(backends: Mapping[tuple[str, str], Counters], colour: str) -> Counters:
    """Return one colour's sums of a front door's backends, by (generation, colour)."""
    return sum_counters([counters for (_, name), counters in backends.items() if name == colour])
