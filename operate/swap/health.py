"""Whether a colour is healthy, by the counters of its front doors; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from messages.count import format_count
from operate.doors.counters import Counters, counter_delta
from operate.record.baseline import Baseline
from operate.record.options import Limits

_LEAST_REQUESTS = 100
"""Requests from which a share of failures is significant (choice)."""


@dataclass(frozen=True)
class ProbeFinding:
    """What a probe found wrong.

    Attributes:
        text: Text for people; "" is nothing.
        certain: Whether it can be no disturbance on the way, and once is enough.
        ms: Milliseconds that all its reads took together.
    """

    text: str = ""
    certain: bool = False
    ms: float = 0.0


@dataclass(frozen=True)
class Observation:
    """Observation of a colour at one moment, over all front doors.

    Attributes:
        counters: Sums over the front doors; of the response times the greatest.
        finding: Finding of a probe of the operator's own.
    """

    counters: Counters
    finding: ProbeFinding = ProbeFinding()


def measure_baseline(earlier: Counters | None, now: Counters, probe_ms: Sequence[float]) -> Baseline:
    """Return what to compare with.

    A backend's counters are of all releases that it ever had: only their growth counts.

    Args:
        earlier: The live colour's, when the swap started.
        now: The same before the switch.
        probe_ms: Milliseconds that probes of it took; their median counts.
    """
    requests, failed = _count_requests([Observation(earlier), Observation(now)]) if earlier else (0, 0)
    rate = failed / requests if requests >= _LEAST_REQUESTS else 0.0
    return Baseline(rate, median(probe_ms) if probe_ms else 0.0)


def evaluate(observations: Sequence[Observation], baseline: Baseline, limits: Limits) -> str:
    """Return what is wrong with the colour that went live.

    Args:
        observations: Observations since the switch, the first one taken before it.
        baseline: Baseline of the old colour.
        limits: Limits of a healthy colour.

    Returns:
        "" while it is healthy, else the reason.
    """
    requests, failed = _count_requests(observations)
    allowed = baseline.error_rate + limits.error_rate
    if failed >= limits.errors and failed > allowed * max(requests, failed):
        return f"{failed} of {format_count(requests, 'request')} failed, {allowed:.1%} are allowed"
    if observations and observations[-1].finding.certain:
        return observations[-1].finding.text
    last = observations[-limits.strikes :]
    if len(last) < limits.strikes:
        return ""
    if all(observation.finding.text for observation in last):
        return last[-1].finding.text
    if all(not observation.counters.up for observation in last):
        return "the front door finds it unhealthy"
    # Not by HAProxy's means: an upload's runs while the client sends, and they begin with the last release's.
    slow = baseline.response_ms * limits.latency_factor + limits.latency_ms
    if all(observation.finding.ms > slow for observation in last):
        latency_ms = min(observation.finding.ms for observation in last)
        return f"a few small reads take {latency_ms:.0f} ms, {slow:.0f} ms are allowed"
    return ""


def _count_requests(observations: Sequence[Observation]) -> tuple[int, int]:
    requests = failed = 0
    for earlier, later in pairwise(observations):
        requests += counter_delta(earlier.counters.requests, later.counters.requests)
        failed += counter_delta(earlier.counters.failed, later.counters.failed)
    return requests, failed


@dataclass(frozen=True)
class Drain:
    """Progress of the old colour's transfers.

    Attributes:
        moved_at: Seconds, by the operator's own clock, when bytes were last seen to move.
        bytes_moved: Bytes moved by then.
    """

    moved_at: float
    bytes_moved: int


def update_drain(drain: Drain, now: Counters, at: float, idle: float) -> tuple[Drain, bool]:
    """Return whether the old colour's transfers have ended.

    Args:
        drain: The last time.
        now: The old colour's counters.
        at: Present time, in seconds.
        idle: Seconds without a byte after which a transfer that is open counts as ended.
    """
    if now.sessions == 0:
        return drain, True
    if now.bytes_moved != drain.bytes_moved:
        return Drain(at, now.bytes_moved), False
    return drain, at - drain.moved_at >= idle
