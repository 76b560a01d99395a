"""The parts of the stack's page as its template takes them, from what was seen; pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from operate.clock import format_for_display
from operate.dashboard.state import (
    RECENT_SECONDS,
    DashboardState,
    TrafficSample,
    alarms,
    latencies,
    rates,
    step_start,
    summary,
    waiting,
)
from operate.history.unknown_record import UnknownRecord, describe_records
from operate.images.display import UNKNOWN, format_size
from operate.pages.plot import Line, Plot, PlotView, clock, draw, stepped
from operate.pages.table import Cell, Table, figure
from operate.record.record import Record
from operate.stack.facts import Colour, Facts
from operate.status.status import StackStatus
from operate.status.warnings import EXPIRY
from operate.swap.report import step_row, step_table

_PLOT_WIDTH = 430


@dataclass(frozen=True)
class Figure:
    """A number with its name; `bad` is one that somebody has to see to."""

    name: str
    value: str
    bad: bool = False


@dataclass(frozen=True)
class Card:
    """A colour.

    Attributes:
        colour: Name of the colour.
        activity: Activity, `live`, `idle` or `absent`.
        release: Name of its release.
        figures: Figures of the colour.
        servers: Datacenter and server that carry it.
        containers: Names of the containers, for people.
    """

    colour: str
    activity: str
    release: str = ""
    figures: Sequence[Figure] = ()
    servers: Sequence[tuple[str, str]] = ()
    containers: str = ""


@dataclass(frozen=True)
class EntryView:
    """An entry of the history: what it is, how it ended, and why."""

    headline: str
    result: str
    why: str
    reason: str


@dataclass(frozen=True)
class UnderWayView:
    """The swap under way: `unknown` of one that this version cannot read, else its entry and steps."""

    unknown: str = ""
    entry: EntryView | None = None
    steps: Table | None = None


@dataclass(frozen=True)
class LastView:
    """The last entry of the history, its steps, and where its report is; "" where it has none."""

    entry: EntryView
    steps: Table
    report: str


@dataclass(frozen=True)
class StackView:
    """Everything that the page shows; a part that is empty is left out."""

    at: datetime
    source: str = ""
    summary: str = ""
    alarms: Sequence[str] = ()
    cards: Sequence[Card] = ()
    under_way: UnderWayView | None = None
    colours: Sequence[str] = ()
    plots: Sequence[PlotView] = ()
    figures: Sequence[Figure] = ()
    certificates: Table | None = None
    doors: Table | None = None
    endpoints: str = ""
    skipped: Sequence[str] = ()
    last: LastView | None = None
    last_line: str = ""
    lock: str = ""


def stack_view(state: DashboardState) -> StackView:
    """Return the page's parts."""
    wrong, status = alarms(state), state.status
    if status is None:
        return StackView(state.at, _source(state), alarms=wrong)
    observed = status.observed
    return StackView(
        at=state.at,
        source=_source(state),
        summary=summary(status, len(wrong)),
        alarms=wrong,
        cards=[_card(state, status, colour) for colour in Colour],
        under_way=_under_way(state, status),
        colours=present_colours(status),
        plots=traffic_plots(state.samples, present_colours(status), _PLOT_WIDTH),
        figures=_figures(state),
        certificates=_certificates(observed.facts, state.at),
        doors=_doors(status),
        endpoints=", ".join(facts.endpoint for facts in observed.facts.doors),
        skipped=describe_records(observed.skipped),
        last=_last(observed.last) if observed.last else None,
        last_line=status.last_description,
        lock=status.lock_description or "Not locked.",
    )


def present_colours(status: StackStatus | None) -> list[str]:
    """Return the colours that exist."""
    facts = status.observed.facts if status else None
    return [colour for colour in Colour if facts and facts.colours[colour] is not None]


def traffic_plots(samples: Sequence[TrafficSample], colours: Sequence[str], width: int) -> list[PlotView]:
    """Return plots of what was counted; none where there is too little."""
    if len(samples) < 2:
        return []
    begin, present = samples[0].at - samples[-1].at, [Colour(colour) for colour in colours]
    requests, failed = (
        [Line(colour, stepped(rates(samples, colour, counter))) for colour in present]
        for counter in ("requests", "failed")
    )
    drawn = (
        ("Requests a second", requests),
        ("Failures a second", failed),
        ("Time to the first byte, ms", [Line(colour, latencies(samples, colour)) for colour in present]),
    )
    return [draw(Plot(title, begin, 0.0, lines, width=width)) for title, lines in drawn]


def _source(state: DashboardState) -> str:
    if not state.unavailable:
        return ""
    old = f" What is shown is of {state.at:%H:%M:%S} UTC." if state.status else ""
    return f"Status unavailable: {state.unavailable}.{old}"


def _card(state: DashboardState, status: StackStatus, colour: Colour) -> Card:
    facts = status.observed.facts.colours[colour]
    if facts is None:
        return Card(colour.value, "absent")
    backends = [
        counters
        for door in status.observed.doors
        for (_, name), counters in door.backends.items()
        if name == colour.value
    ]
    requests, failed, seconds = state.recent_totals(colour) if state.samples else (0, 0, 0.0)
    # Without a request, HAProxy repeats the mean of those that it once had.
    slowest = max((counters.response_ms for counters in backends), default=0.0)
    unhealthy = sum(not counters.up for counters in backends)
    return Card(
        colour.value,
        "live" if status.observed.live is colour else "idle",
        facts.release,
        (
            Figure("requests a second", f"{requests / seconds:.1f}" if seconds else UNKNOWN),
            Figure(f"failed in {RECENT_SECONDS:.0f} s", str(failed), failed > 0),
            Figure("first byte", f"{slowest:.0f} ms" if requests else UNKNOWN),
            Figure("transfers", str(sum(counters.sessions for counters in backends))),
            Figure("health", f"{unhealthy} unhealthy" if unhealthy else "healthy", unhealthy > 0),
        ),
        tuple(status.servers(colour).items()),
        ", ".join(sorted(facts.containers)),
    )


def _figures(state: DashboardState) -> list[Figure]:
    figures = []
    if state.figures.storage_bytes is not None:
        figures.append(Figure("storage used", format_size(state.figures.storage_bytes)))
    cost = state.figures.cost
    if cost is not None:
        figures.append(Figure("a month, USD", f"{cost.monthly:,.2f}"))
        figures.append(Figure("of it by the hour, USD an hour", f"{cost.hourly:,.4f}"))
    return figures


def _certificates(facts: Facts, now: datetime) -> Table | None:
    """When the certificates end, as the stack recorded it."""
    rows = []
    for name, text in sorted(facts.certificate_ends.items()):
        door, _, generation = name.rpartition(" ")
        try:
            end = datetime.fromisoformat(text)
        except ValueError:
            rows.append(
                ("", [Cell(door, head=True), Cell(generation), Cell(text, "bad"), Cell(UNKNOWN, "number")])
            )
            continue
        remaining = (end if end.tzinfo else end.replace(tzinfo=UTC)) - now
        days = figure(max(0, remaining.days), "days", bad=remaining < EXPIRY)
        rows.append(("", [Cell(door, head=True), Cell(generation), Cell(f"{end:%Y-%m-%d %H:%M} UTC"), days]))
    heads = ["front door", "registry", "expires", "#left"]
    return Table("Certificates of the front doors", heads, rows) if rows else None


def _doors(status: StackStatus) -> Table:
    """Each door, with what each colour's backend has counted there."""
    rows = []
    for door, facts in zip(status.observed.doors, status.observed.facts.doors, strict=True):
        for (generation, colour), counters in door.backends.items():
            live = door.live.get(generation) == colour
            cells = [
                Cell(door.datacenter, head=True),
                Cell(f"{facts.server} ({facts.address})"),
                Cell(generation),
                Cell(colour, swatch=colour),
                Cell("live" if live else "idle", "strong" if live else ""),
                figure(counters.sessions),
                figure(counters.requests),
                figure(counters.failed, bad=counters.failed > 0),
                figure(round(counters.response_ms), "ms"),
                Cell("healthy" if counters.up else "unhealthy", "" if counters.up else "bad"),
            ]
            rows.append((f"{colour} {'live' if live else ''}".strip(), cells))
        for missing in status.observed.facts.missing_colours(facts, door.backends):
            generation, colour = missing.split()
            place = [Cell(door.datacenter, head=True), Cell(f"{facts.server} ({facts.address})")]
            row = [*place, Cell(generation), Cell(colour, swatch=colour), Cell(UNKNOWN)]
            rows.append((colour, [*row, *[Cell(UNKNOWN, "number")] * 4, Cell("missing", "bad")]))
    heads = [
        "datacenter", "server", "registry", "colour", "state",
        "#transfers", "#requests", "#failed", "#first byte", "health",
    ]  # fmt: skip
    return Table("Counters of each front door since its process started", heads, rows)


def _under_way(state: DashboardState, status: StackStatus) -> UnderWayView | None:
    """The swap under way, step by step: what is done, what is under way and for how long, what is to come."""
    record = status.observed.current
    if record is None:
        unknown: UnknownRecord | None = status.observed.unknown_current
        return UnderWayView(unknown.description) if unknown else None
    rows = [step_row(step) for step in record.steps]
    rows += _steps_to_come(record, state.at, at_work=status.lock is not None)
    return UnderWayView(entry=_entry(record), steps=step_table(rows))


def _steps_to_come(record: Record, at: datetime, *, at_work: bool) -> Iterator[tuple[str, list[Cell]]]:
    for number, step in enumerate(waiting(record)):
        if number:
            yield "to-come", [Cell(step.value, head=True), Cell("to come"), Cell(""), Cell(""), Cell("")]
        else:
            yield "going", _going(record, step.value, at, at_work=at_work)


def _going(record: Record, name: str, at: datetime, *, at_work: bool) -> list[Cell]:
    started_at = step_start(record)
    since = f"{started_at:%H:%M:%S}" if started_at else ""
    took = clock(max(0.0, (at - started_at).total_seconds())) if started_at else ""
    state = "under way" if at_work else "left"
    return [
        Cell(name, head=True, current=True),
        Cell(state, "strong" if at_work else "bad"),
        Cell(since, "number"),
        Cell(took, "number"),
        Cell(""),
    ]


def _last(record: Record) -> LastView:
    """The last entry of the history."""
    report = f"/history/{record.id}" if record.kind != "retire" else ""
    return LastView(_entry(record), step_table([step_row(step) for step in record.steps]), report)


def _entry(record: Record) -> EntryView:
    headline = [record.title, f"by {record.who}", f"since {format_for_display(record.at)}"]
    return EntryView(", ".join(headline), record.outcome, record.why, record.reason)
