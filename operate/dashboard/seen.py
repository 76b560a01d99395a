"""What the page shows: the last status, how old it is, what was counted lately, what is wrong; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

from operate.pages.plot import Point
from operate.status import Status
from operate.swap.edges import stamped
from operate.swap.facts import Colour
from operate.swap.health import Counters, grown, summed, totals
from operate.swap.plan import Step, ended
from operate.swap.record import Record

LATELY = 60.0
"""Seconds that count as lately (choice)."""


@dataclass(frozen=True)
class Moment:
    """What each colour's backends had counted, over all doors.

    Attributes:
        at: seconds, of a clock that only grows.
        colours: sums.
    """

    at: float
    colours: Mapping[Colour, Counters]


@dataclass(frozen=True)
class Seen:
    """Everything the page shows.

    Attributes:
        environment: the stack's name.
        at: when the status was had, UTC; when it was tried where there is none yet.
        status: the last one that could be had.
        moments: of the last minutes, the newest last.
        lost: why the status cannot be had now; "" while it can.
    """

    environment: str
    at: datetime
    status: Status | None = None
    moments: Sequence[Moment] = field(default=())
    lost: str = ""

    def lately(self, colour: Colour) -> tuple[int, int, float]:
        """Requests, failures, and the seconds in which they were counted."""
        first = [moment for moment in self.moments if moment.at >= self.moments[-1].at - LATELY]
        pairs = list(pairwise(moment.colours[colour] for moment in first))
        requests = sum(grown(one.requests, two.requests) for one, two in pairs)
        failed = sum(grown(one.failed, two.failed) for one, two in pairs)
        return requests, failed, first[-1].at - first[0].at if first else 0.0

    def rates(self, colour: Colour, counted: str) -> list[Point]:
        """Per second, at times before now: `requests` or `failed`, each since the moment before."""
        if not self.moments:
            return []
        now = self.moments[-1].at
        points: list[Point] = [(self.moments[0].at - now, 0.0)]
        for one, two in pairwise(self.moments):
            before, after = (getattr(moment.colours[colour], counted) for moment in (one, two))
            points.append((two.at - now, grown(before, after) / ((two.at - one.at) or 1.0)))
        return points

    def latencies(self, colour: Colour) -> list[Point]:
        """Milliseconds to the first byte, at times before now."""
        return [
            (moment.at - self.moments[-1].at, moment.colours[colour].response_ms)
            for moment in self.moments
            if moment.colours[colour].requests
        ]


def moment_of(status: Status, at: float) -> Moment:
    """Note what the doors have counted."""
    doors = status.found.doors
    return Moment(at, {one: summed([totals(door.backends, one.value) for door in doors]) for one in Colour})


def summary(status: Status, wrong: int) -> str:
    """What there is, in a sentence or two.

    Args:
        status: seen.
        wrong: so many things are.
    """
    live, current = status.found.live, status.found.current
    release = status.found.release(live) if live else ""
    said = f"{live}, release {release}, is live." if live else "No colour is live everywhere."
    unknown = status.found.unknown_current
    if unknown is not None:
        said += f" Under way: {unknown.description}."
    elif current is None:
        said += " Nothing is under way."
    else:
        step = current.next_step
        said += f" Under way: {current.title}, {step.value if step else 'record'}."
    return said + (f" {wrong} {'thing is' if wrong == 1 else 'things are'} wrong." if wrong else "")


def alarms(seen: Seen) -> list[str]:
    """What somebody has to look at, the worst first."""
    if seen.status is None:
        return []
    found = seen.status.found
    said = []
    if found.live is None:
        told = ", ".join(f"{door.datacenter} {_lives(door.live)}" for door in found.doors)
        said.append(f"the doors have no colour in common live: {told}")
    said += [
        f"{door.datacenter}: {colour} ({generation}) is live and its door finds it unhealthy"
        for door in found.doors
        for (generation, colour), counters in door.backends.items()
        if door.live.get(generation) == colour and not counters.up
    ]
    for colour in Colour:
        requests, failed, seconds = seen.lately(colour) if seen.moments else (0, 0, 0.0)
        if failed:
            share = f"{failed / max(requests, failed):.1%}"
            said.append(
                f"{colour}: {failed} of {max(requests, failed)} requests ({share}) failed"
                f" in the last {max(1, round(seconds))} s"
            )
    return said + _left(seen.status) + list(seen.status.warnings)


def _left(status: Status) -> list[str]:
    """A swap that nobody goes on with."""
    current, unknown = status.found.current, status.found.unknown_current
    if status.lock is None and unknown is not None:
        return [f"left, nobody is at work on it: {unknown.description}; `operate rollback` undoes it"]
    if status.lock is None and current is not None:
        again = "" if current.kind == "rollback" else f"`operate {current.command}` goes on with it, "
        undo = f"`operate {current.undo_command}` undoes it"
        return [f"the {current.kind} is left: nobody is at work on it; {again}{undo}"]
    return []


def _lives(live: Mapping[str, Colour]) -> str:
    return " ".join(f"{generation} {colour}" for generation, colour in live.items())


def step_began(record: Record) -> datetime | None:
    """When the step under way began: where the one before ended, as far as the record tells."""
    at, seconds = (record.steps[-1].at, record.steps[-1].seconds) if record.steps else (record.at, 0.0)
    began = stamped(at)
    return began + timedelta(seconds=seconds) if began else None


def waiting(record: Record) -> list[Step]:
    """The steps that are still to come, the one under way first."""
    left = []
    while (step := record.next_step) is not None:
        left.append(step)
        record = record.stepped(ended(record.state, step))
    return left
