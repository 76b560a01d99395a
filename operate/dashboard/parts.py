"""The parts of the page, each from what was seen; pure."""

from collections.abc import Sequence
from datetime import datetime
from html import escape

from operate.dashboard.state import RECENT_SECONDS, DashboardState, step_start, waiting
from operate.history.unknown_record import UnknownRecord
from operate.pages.plot import Line, Plot, clock, key, stepped, svg
from operate.pages.table import Cell, figure, table
from operate.stack.facts import Colour
from operate.stack.status import Status
from operate.swap.interfaces import format_for_display
from operate.swap.record import Record
from operate.swap.report import step_row, step_table

_PLOT_WIDTH = 430


def colours(state: DashboardState, status: Status) -> str:
    """Both colours side by side."""
    cards = "".join(_card(state, status, colour) for colour in Colour)
    return f'<h2>Colours</h2><div class="cards">{cards}</div>'


def _card(state: DashboardState, status: Status, colour: Colour) -> str:
    facts = status.observed.facts.colours[colour]
    if facts is None:
        return (
            f'<article class="card {colour} absent" aria-label="{colour}"><h3>{_swatch(colour)}</h3>'
            "<p>Absent.</p></article>"
        )
    live = status.observed.live is colour
    backends = [
        counters
        for door in status.observed.doors
        for (_, name), counters in door.backends.items()
        if name == colour.value
    ]
    requests, failed, seconds = state.recent_totals(colour) if state.samples else (0, 0, 0.0)
    rate = f"{requests / seconds:.1f}" if seconds else "\N{EN DASH}"
    unhealthy = sum(not counters.up for counters in backends)
    activity = "live" if live else "idle"
    figures = (
        ("requests a second", rate, False),
        (f"failed in {RECENT_SECONDS:.0f} s", str(failed), failed > 0),
        ("first byte", f"{max((counters.response_ms for counters in backends), default=0.0):.0f} ms", False),
        ("transfers", str(sum(counters.sessions for counters in backends)), False),
        ("health", f"{unhealthy} unhealthy" if unhealthy else "healthy", unhealthy > 0),
    )
    figure_rows = "".join(
        f"<div><dt>{escape(name)}</dt><dd{' class=bad' if bad else ''}>{escape(value)}</dd></div>"
        for name, value, bad in figures
    )
    servers = "".join(
        f"<li>{escape(datacenter)} <b>{escape(server)}</b></li>"
        for datacenter, server in status.servers(colour).items()
    )
    containers = ", ".join(sorted(facts.containers))
    return (
        f'<article class="card {colour} {activity}" aria-label="{colour}, {activity}">'
        f'<h3>{_swatch(colour)} <span class="release">release {escape(facts.release)}</span>'
        f' <span class="badge">{activity}</span></h3>'
        f'<dl class="figures">{figure_rows}</dl>'
        f'<ul class="servers" aria-label="servers">{servers}</ul>'
        f'<p class="quiet">{escape(containers)}</p></article>'
    )


def _swatch(colour: str) -> str:
    return f'<span class="swatch {escape(colour)}" aria-hidden="true"></span>{escape(colour)}'


def traffic(state: DashboardState) -> str:
    """The last minutes as plots."""
    if len(state.samples) < 2:
        return ""
    begin = state.samples[0].at - state.samples[-1].at
    facts_by_colour = (
        ((colour, state.status.observed.facts.colours[colour]) for colour in Colour) if state.status else ()
    )
    present = [colour for colour, facts in facts_by_colour if facts is not None]
    drawn = (
        ("Requests a second", [Line(colour, stepped(state.rates(colour, "requests"))) for colour in present]),
        ("Failures a second", [Line(colour, stepped(state.rates(colour, "failed"))) for colour in present]),
        ("Time to the first byte, ms", [Line(colour, state.latencies(colour)) for colour in present]),
    )
    plots = "".join(svg(Plot(title, begin, 0.0, lines, width=_PLOT_WIDTH)) for title, lines in drawn)
    return f'<h2>Traffic</h2>{legend(present)}<div class="plots">{plots}</div>'


def legend(colours_there: Sequence[str]) -> str:
    """Which line is whose."""
    return f'<p class="legend">{"".join(map(key, colours_there))}</p>'


def doors(status: Status) -> str:
    """Each door, with what each colour's backend has counted there."""
    rows = []
    for door, facts in zip(status.observed.doors, status.observed.facts.doors, strict=True):
        for (generation, colour), counters in door.backends.items():
            live = door.live.get(generation) == colour
            cells = [
                Cell(door.datacenter, head=True),
                Cell(f"{facts.server} ({facts.address})"),
                Cell(generation),
                Cell(_swatch(colour), html=True),
                Cell("live" if live else "idle", "strong" if live else ""),
                figure(counters.sessions),
                figure(counters.requests),
                figure(counters.failed, bad=counters.failed > 0),
                figure(round(counters.response_ms), "ms"),
                Cell("healthy" if counters.up else "unhealthy", "" if counters.up else "bad"),
            ]
            rows.append((f"{colour} {'live' if live else ''}".strip(), cells))
    heads = [
        "datacenter", "server", "registry", "colour", "state",
        "#transfers", "#requests", "#failed", "#first byte", "health",
    ]  # fmt: skip
    endpoints = ", ".join(facts.endpoint for facts in status.observed.facts.doors)
    return (
        f"<h2>Front doors</h2>{table('Counters of each front door since its process started', heads, rows)}"
        f'<p class="quiet">{escape(endpoints)}</p>'
    )


def under_way(state: DashboardState, status: Status) -> str:
    """The swap under way, step by step: what is done, what is under way and for how long, what is to come."""
    record = status.observed.current
    if record is None:
        unknown = status.observed.unknown_current
        return f"<h2>Under way</h2>{_unknown(unknown)}" if unknown else ""
    rows = [step_row(step) for step in record.steps]
    for number, step in enumerate(waiting(record)):
        if number:
            cells = [Cell(step.value, head=True), Cell("to come"), Cell(""), Cell(""), Cell("")]
            rows.append(("to-come", cells))
        else:
            rows.append(("going", _going(record, step.value, state.at, at_work=status.lock is not None)))
    return f"<h2>Under way</h2>{_entry(record)}{step_table(rows)}"


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


def last(status: Status) -> str:
    """The last entry of the history."""
    record = status.observed.last
    skipped = "".join(_unknown(unknown) for unknown in status.observed.skipped)
    if record is None:
        return f"<h2>Last</h2>{skipped}" if skipped else ""
    report = (
        f'<p><a id="report" href="/history/{escape(record.id)}">Report with plots</a></p>'
        if record.kind != "retire"
        else ""
    )
    steps = step_table([step_row(step) for step in record.steps])
    return f"<h2>Last</h2>{skipped}{_entry(record)}{steps}{report}"


def lock(status: Status) -> str:
    """Who is at work."""
    holder = status.lock_description or "Not locked."
    return f"<h2>Lock</h2><p>{escape(holder)}</p>"


def _unknown(record: UnknownRecord) -> str:
    return f'<p class="unknown">{escape(record.description)}</p>'


def _entry(record: Record) -> str:
    headline = [record.title, f"by {record.who}", f"since {format_for_display(record.at)}"]
    why = f'<p class="why">Why: {escape(record.why)}</p>' if record.why else ""
    reason = f'<p class="bad">{escape(record.reason)}</p>' if record.reason else ""
    result = escape(record.result)
    return f'<p>{escape(", ".join(headline))}: <b class="result">{result}</b></p>{why}{reason}'
