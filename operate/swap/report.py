"""A swap's report as one HTML page that needs nothing else: its steps, plots of both colours; pure."""

from collections.abc import Callable, Sequence
from html import escape
from itertools import pairwise

from operate.swap.health import Counters
from operate.swap.record import Record, Sample

_WIDTH, _HEIGHT, _EDGE = 860, 180, 46
_STYLE = (
    "body{font:15px system-ui,sans-serif;margin:2em auto;max-width:60em;color:#222}"
    "table{border-collapse:collapse}td,th{padding:.2em .8em;text-align:left;border-bottom:1px solid #ddd}"
    "svg{width:100%;background:#fafafa;border:1px solid #ddd}.bad{color:#b00}"
    ".red{stroke:#c22;fill:none;stroke-width:2}.black{stroke:#111;fill:none;stroke-width:2}text{font-size:12px}"
)


def page(record: Record) -> str:
    """Return the page."""
    rows = "".join(
        f'<tr class="{escape(step.outcome)}"><td>{escape(step.at)}</td><td>{escape(step.name)}</td>'
        f"<td>{step.seconds:.1f} s</td><td>{escape(step.outcome)}</td><td>{escape(step.said)}</td></tr>"
        for step in record.steps
    )
    title = f"{record.kind} to {record.release}: {record.result}"
    why = f"<p>Why: {escape(record.why)}</p>" if record.why else ""
    reason = f'<p class="bad">{escape(record.reason)}</p>' if record.reason else ""
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style><h1>{escape(title)}</h1>"
        f"<p>{escape(record.who)}, {escape(record.at)}; from {record.source} (release"
        f" {escape(record.source_release)}) to {record.target}</p>{why}{reason}"
        f"<table><tr><th>at</th><th>step</th><th>took</th><th></th><th>said</th></tr>{rows}</table>"
        f"{_plots(record.samples)}</html>"
    )


def _plots(samples: Sequence[Sample]) -> str:
    if len(samples) < 2:
        return "<p>Too short for a plot.</p>"
    return "".join(
        (
            _plot("Requests a second", samples, lambda before, now: _rate(samples, before, now, "requests")),
            _plot("Failures a second", samples, lambda before, now: _rate(samples, before, now, "failed")),
            _plot("Time to the first byte, ms", samples, lambda _, now: now.response_ms),
            _plot("Transfers under way", samples, lambda _, now: float(now.sessions)),
        )
    )


def _rate(samples: Sequence[Sample], before: Counters, now: Counters, of: str) -> float:
    seconds = (samples[-1].at - samples[0].at) / (len(samples) - 1) or 1.0
    one, two = (now.requests, before.requests) if of == "requests" else (now.failed, before.failed)
    return max(0, one - two) / seconds


def _plot(title: str, samples: Sequence[Sample], value: Callable[[Counters, Counters], float]) -> str:
    """One plot, a line a colour, over the seconds since the first sample."""
    pairs = list(pairwise(samples))
    lines = {
        "red": [value(one.red, two.red) for one, two in pairs],
        "black": [value(one.black, two.black) for one, two in pairs],
    }
    times = [two.at - samples[0].at for _, two in pairs]
    top = max(*lines["red"], *lines["black"], 1e-9)
    end = times[-1] or 1.0
    drawn = "".join(
        f'<polyline class="{colour}" points="{_points(times, values, end, top)}"/>'
        for colour, values in lines.items()
    )
    return (
        f"<h2>{escape(title)}</h2>"
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(title)}">'
        f'<text x="2" y="14">{top:.3g}</text><text x="2" y="{_HEIGHT - 24}">0</text>'
        f'<text x="{_WIDTH - 60}" y="{_HEIGHT - 4}">{end:.0f} s</text>{drawn}</svg>'
    )


def _points(times: Sequence[float], values: Sequence[float], end: float, top: float) -> str:
    wide, high = _WIDTH - 2 * _EDGE, _HEIGHT - 40
    return " ".join(
        f"{_EDGE + at / end * wide:.1f},{_HEIGHT - 24 - value / top * high:.1f}"
        for at, value in zip(times, values, strict=True)
    )
