"""A swap's report as one HTML page that needs nothing else: its steps, plots of both colours; pure.

The plots count seconds from the switch. Behind the lines lies which colour was live; above them, the steps.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from operate.clock import format_for_display, parse_timestamp
from operate.doors.counters import Counters, counter_delta
from operate.pages import REPORT_POLICY, page_file, render
from operate.pages.plot import Band, Line, Plot, PlotView, Point, clock, draw, stepped
from operate.pages.table import Cell, Table, figure
from operate.record.record import Record, Sample, StepResult
from operate.record.swap_plan import Step
from operate.stack.facts import Colour

_SWITCHES = {Step.SWITCH.value: True, Step.SWITCH_BACK.value: False}
_LEAST_GAP = 0.5
"""Seconds between two samples that are drawn (choice)."""
_Value = Callable[[Sample, Sample, Colour], float]


@dataclass(frozen=True)
class ReportView:
    """What the report's template shows; a part that is empty is left out."""

    title: str
    summary: str
    why: str
    reason: str
    steps: Table
    counters: Table | None
    colours: Sequence[str]
    plots: Sequence[PlotView]


def page(record: Record) -> str:
    """Return the page."""
    ends = list(record.ends)
    if record.kind == "rollback":
        ends.reverse()
    view = ReportView(
        f"{record.title}: {record.outcome}",
        f"From {ends[0]} to {ends[1]}, by {record.who}, {format_for_display(record.at)}",
        record.why,
        record.reason,
        step_table([step_row(step) for step in record.steps]),
        _counter_table(record),
        list(Colour),
        _plots(record),
    )
    return render("report.html", view=view, policy=REPORT_POLICY, style=page_file("style.css"))


def step_table(rows: Sequence[tuple[str, Sequence[Cell]]]) -> Table:
    """Steps as a table; `step_row` is one of them."""
    return Table("Steps", ["step", "state", "#started", "#took", "detail"], rows)


def step_row(step: StepResult) -> tuple[str, list[Cell]]:
    """A step that has ended: how it is shown, and its cells."""
    return step.outcome, [
        Cell(step.name, head=True),
        Cell(step.outcome, "good" if step.outcome == "ok" else "bad"),
        Cell(step.at[11:19] or step.at, "number"),
        Cell(f"{step.seconds:.1f} s", "number"),
        Cell(step.detail, "detail"),
    ]


def _counter_table(record: Record) -> Table | None:
    """Return a table of each colour's requests before the switch and since, as far as samples have them."""
    at = _first_switch(record)
    if at is None or len(record.samples) < 2:
        return None
    rows = []
    for name, samples in (
        ("before", [sample for sample in record.samples if sample.at <= at]),
        ("since", [sample for sample in record.samples if sample.at >= at]),
    ):
        for colour in Colour:
            if len(samples) < 2:
                continue
            requests = sum(
                counter_delta(*_counter_pair(pair, colour, "requests")) for pair in pairwise(samples)
            )
            failed = sum(counter_delta(*_counter_pair(pair, colour, "failed")) for pair in pairwise(samples))
            cells = [
                Cell(f"{name} the switch", head=True),
                Cell(colour.value),
                figure(requests),
                figure(failed, bad=failed > 0),
                figure(round(_counters(samples[-1], colour).response_ms), "ms"),
            ]
            rows.append((colour.value, cells))
    heads = ["", "colour", "#requests", "#failed", "#first byte"]
    return Table("What each colour was asked", heads, rows)


def _plots(record: Record) -> list[PlotView]:
    """Return the plots; none where the swap was too short for one."""
    samples = _drop_close_samples(record.samples)
    if len(samples) < 2:
        return []
    zero = _first_switch(record) or samples[0].at
    begin, end = samples[0].at - zero, samples[-1].at - zero
    switches = [(at - zero, name) for at, name in _find_switches(record)]
    bands, strip = _live_bands(record, begin, end, zero), _step_bands(record, end, zero)
    return [
        draw(Plot(title, begin, end, _lines(samples, value, zero, steps=steps), bands, strip, switches))
        for title, value, steps in _PLOTTED
    ]


_PLOTTED: tuple[tuple[str, _Value, bool], ...] = (
    ("Requests a second", lambda earlier, later, colour: _rate(earlier, later, colour, "requests"), True),
    ("Failures a second", lambda earlier, later, colour: _rate(earlier, later, colour, "failed"), True),
    ("Time to the first byte, ms", lambda _, later, colour: _counters(later, colour).response_ms, False),
    ("Transfers under way", lambda _, later, colour: float(_counters(later, colour).sessions), False),
)


def _lines(samples: Sequence[Sample], value: _Value, zero: float, *, steps: bool) -> list[Line]:
    drawn = []
    for colour in Colour:
        # A colour that is not there yet has no line.
        drawn_samples = (
            samples if steps else [sample for sample in samples if _counters(sample, colour).requests]
        )
        points: list[Point] = [
            (sample.at - zero, value(sample, sample, colour)) for sample in drawn_samples[:1]
        ]
        points += [
            (later.at - zero, value(earlier, later, colour)) for earlier, later in pairwise(drawn_samples)
        ]
        drawn.append(Line(colour.value, stepped(points) if steps else points))
    return drawn


def _rate(earlier: Sample, later: Sample, colour: Colour, counter: str) -> float:
    return counter_delta(*_counter_pair((earlier, later), colour, counter)) / ((later.at - earlier.at) or 1.0)


def _counter_pair(pair: tuple[Sample, Sample], colour: Colour, counter: str) -> tuple[int, int]:
    before, now = (_counters(sample, colour) for sample in pair)
    if counter == "requests":
        return before.requests, now.requests
    return before.failed, now.failed


def _counters(sample: Sample, colour: Colour) -> Counters:
    return sample.red if colour is Colour.RED else sample.black


def _live_bands(record: Record, begin: float, end: float, zero: float) -> list[Band]:
    """Which colour was live, from the first look to the last."""
    bands, since, live = [], begin, record.source
    for at, name in _find_switches(record):
        bands.append(Band(since, at - zero, f"{live} is live", live.value))
        since, live = at - zero, record.target if _SWITCHES[name] else record.source
    return [
        band for band in (*bands, Band(since, end, f"{live} is live", live.value)) if band.end > band.begin
    ]


def _step_bands(record: Record, end: float, zero: float) -> list[Band]:
    bands = []
    for step in record.steps:
        started_at = _seconds(step.at)
        if started_at is not None and started_at - zero < end:
            label = f"{step.name}, {clock(step.seconds)}: {step.detail}"
            style = "step-ok" if step.outcome == "ok" else "step-bad"
            bands.append(Band(started_at - zero, started_at - zero + step.seconds, step.name, style, label))
    return bands


def _first_switch(record: Record) -> float | None:
    return next((at for at, _ in _find_switches(record)), None)


def _find_switches(record: Record) -> list[tuple[float, str]]:
    """When doors had switched, in seconds since the epoch, and how the step is called."""
    switches = []
    for step in record.steps:
        started_at = _seconds(step.at)
        if step.name in _SWITCHES and step.outcome == "ok" and started_at is not None:
            switches.append((started_at + step.seconds, step.name))
    return switches


def _drop_close_samples(samples: Sequence[Sample]) -> list[Sample]:
    """Leave out those that follow too soon: the difference of two near ones is no measure of a rate."""
    kept: list[Sample] = []
    for sample in samples:
        if not kept or sample.at - kept[-1].at >= _LEAST_GAP:
            kept.append(sample)
    return kept


def _seconds(stamp: str) -> float | None:
    at = parse_timestamp(stamp)
    return at.timestamp() if at else None
