"""What the page shows: the last status, how old it is, what was counted lately, what is wrong; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

from messages.count import format_count
from messages.stack_name import name_stack
from operate.clock import parse_timestamp
from operate.dashboard.figures import Figures
from operate.doors.counters import Counters, colour_totals, counter_delta, sum_counters
from operate.record.record import Record
from operate.record.swap_plan import Step, finish_step
from operate.stack.facts import Colour
from operate.status.status import StackStatus

Point = tuple[float, float]
RECENT_SECONDS = 60.0
"""Seconds that count as lately (choice)."""


@dataclass(frozen=True)
class TrafficSample:
    """What each colour's backends had counted, over all doors.

    Attributes:
        at: Seconds, of a clock that only grows.
        colours: Sums of the counters, by colour.
    """

    at: float
    colours: Mapping[Colour, Counters]


@dataclass(frozen=True)
class DashboardState:
    """Everything the page shows.

    Attributes:
        environment: The stack's name.
        at: Time at which the status was read, UTC; of the attempt where there is none yet.
        status: The last one that could be had.
        samples: Samples of the last minutes, the newest last.
        unavailable: Why there is no status now; "" while there is one.
        figures: Storage used, and cost.
    """

    environment: str
    at: datetime
    status: StackStatus | None = None
    samples: Sequence[TrafficSample] = field(default=())
    unavailable: str = ""
    figures: Figures = field(default_factory=Figures)

    def recent_totals(self, colour: Colour) -> tuple[int, int, float]:
        """Requests, failures, and the seconds in which they were counted."""
        first = [sample for sample in self.samples if sample.at >= self.samples[-1].at - RECENT_SECONDS]
        pairs = list(pairwise(sample.colours[colour] for sample in first))
        requests = sum(counter_delta(earlier.requests, later.requests) for earlier, later in pairs)
        failed = sum(counter_delta(earlier.failed, later.failed) for earlier, later in pairs)
        return requests, failed, first[-1].at - first[0].at if first else 0.0


def rates(samples: Sequence[TrafficSample], colour: Colour, counter: str) -> list[Point]:
    """Per second, at times before now: `requests` or `failed`, each since the moment before."""
    if not samples:
        return []
    now = samples[-1].at
    points: list[Point] = [(samples[0].at - now, 0.0)]
    for earlier, later in pairwise(samples):
        before, after = (getattr(sample.colours[colour], counter) for sample in (earlier, later))
        points.append((later.at - now, counter_delta(before, after) / ((later.at - earlier.at) or 1.0)))
    return points


def latencies(samples: Sequence[TrafficSample], colour: Colour) -> list[Point]:
    """Milliseconds to the first byte, at times before now: at both ends of each time in which requests came.

    Without any, HAProxy repeats the mean of those that it once had.
    """
    at_ends = {
        sample.at - samples[-1].at: sample.colours[colour].response_ms
        for earlier, later in pairwise(samples)
        if counter_delta(earlier.colours[colour].requests, later.colours[colour].requests)
        for sample in (earlier, later)
        if sample.colours[colour].requests
    }
    return sorted(at_ends.items())


def sample_of(status: StackStatus, at: float) -> TrafficSample:
    """Note what the doors have counted."""
    doors = status.observed.doors
    return TrafficSample(
        at,
        {
            colour: sum_counters([colour_totals(door.backends, colour.value) for door in doors])
            for colour in Colour
        },
    )


def summary(status: StackStatus, wrong: int) -> str:
    """What there is, in a sentence or two.

    Args:
        status: Status of the stack.
        wrong: Number of things that are wrong.
    """
    live, current = status.observed.live, status.observed.current
    release = status.observed.release(live) if live else ""
    sentences = f"{live}, release {release}, is live." if live else "No colour is live everywhere."
    unknown = status.observed.unknown_current
    if unknown is not None:
        sentences += f" Under way: {unknown.description}."
    elif current is not None:
        step = current.next_step
        sentences += f" Under way: {current.title}, {step.value if step else 'record'}."
    elif status.rotation is None:
        sentences += " Nothing is under way."
    if status.rotation is not None:
        rotation = name_stack(status.rotation.what, status.environment)
        sentences += f" {rotation[:1].upper()}{rotation[1:]}."
    return sentences + (f" {format_count(wrong, 'thing is', 'things are')} wrong." if wrong else "")


def alarms(state: DashboardState) -> list[str]:
    """What somebody has to look at, the worst first."""
    if state.status is None:
        return []
    observed = state.status.observed
    alarms = []
    if observed.live is None:
        live_colours = ", ".join(f"{door.datacenter} {_lives(door.live)}" for door in observed.doors)
        alarms.append(f"front doors disagree on the live colour: {live_colours}")
    for colour in Colour:
        requests, failed, seconds = state.recent_totals(colour) if state.samples else (0, 0, 0.0)
        if failed:
            share = f"{failed / max(requests, failed):.1%}"
            alarms.append(
                f"{colour}: {failed} of {format_count(max(requests, failed), 'request')} ({share}) failed"
                f" in the last {max(1, round(seconds))} s"
            )
    return alarms + _abandoned_operation(state.status) + list(state.status.warnings)


def _abandoned_operation(status: StackStatus) -> list[str]:
    """A swap that nobody works on."""
    current, unknown = status.observed.current, status.observed.unknown_current
    if status.lock is None and unknown is not None:
        remedy = name_stack(unknown.remedy, status.environment)
        return [f"left, nobody is at work on it: {unknown.description}; {remedy}"]
    if status.lock is None and current is not None:
        reason = "waits for clients:" if current.awaits_clients else "is left: nobody is at work on it;"
        text = f"the {current.kind} {reason} {current.remedy}"
        return [name_stack(text, status.environment)]
    return []


def _lives(live: Mapping[str, Colour]) -> str:
    return " ".join(f"{generation} {colour}" for generation, colour in live.items())


def step_start(record: Record) -> datetime | None:
    """When the step under way started: where the previous one ended, by the record."""
    at, seconds = (record.steps[-1].at, record.steps[-1].seconds) if record.steps else (record.at, 0.0)
    ended_at = parse_timestamp(at)
    return ended_at + timedelta(seconds=seconds) if ended_at else None


def waiting(record: Record) -> list[Step]:
    """The steps that are still to come, the one under way first."""
    steps = []
    while (step := record.next_step) is not None:
        steps.append(step)
        record = record.with_state(finish_step(record.state, step))
    return steps
