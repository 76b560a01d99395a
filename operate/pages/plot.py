"""A plot over time as SVG: a line a colour, bands for what went on, a mark for the switch; pure.

Its styles are in style.css. The line's dashes also show the colour, for those who do not see colours.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

_LEFT_MARGIN, _RIGHT_MARGIN, _TOP_MARGIN, _BOTTOM_MARGIN, _HEIGHT = 44, 10, 14, 22, 170
_PERIODS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)
_MOST_TICKS = 7
Point = tuple[float, float]


@dataclass(frozen=True)
class Line:
    """One colour's values.

    Attributes:
        colour: names the style.
        points: seconds and values; the time grows.
    """

    colour: str
    points: Sequence[Point]


@dataclass(frozen=True)
class Band:
    """A stretch of time.

    Attributes:
        begin: seconds.
        end: seconds.
        label: what went on.
        style: names the style, such as a colour that was live.
        detail: more of it, shown where the pointer rests; "" is the label.
    """

    begin: float
    end: float
    label: str
    style: str
    detail: str = ""


@dataclass(frozen=True)
class Plot:
    """What is drawn.

    Attributes:
        title: with its unit.
        begin: seconds at the left edge.
        end: seconds at the right edge.
        lines: a colour each.
        bands: behind them.
        strip: Stretches named above the lines.
        marks: seconds and what happened then.
        width: of the drawing, in its own units; the page scales it.
    """

    title: str
    begin: float
    end: float
    lines: Sequence[Line]
    bands: Sequence[Band] = ()
    strip: Sequence[Band] = ()
    marks: Sequence[tuple[float, str]] = ()
    width: int = 860


def stepped(points: Sequence[Point]) -> list[Point]:
    """Draw a value over the whole time for which it is the mean: each counts since the one before it."""
    drawn: list[Point] = []
    for (before, _), (at, value) in pairwise(points):
        drawn += [(before, value), (at, value)]
    return drawn


def ceiling(value: float) -> float:
    """Return the least of 1, 2, 5, 10, 20, ... that is no less; at least 1."""
    if value <= 1:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= value * (1 - 1e-9))


def ticks(begin: float, end: float) -> list[float]:
    """Return round times between two, seven at most, zero among them where it lies between."""
    span = end - begin
    period = next((seconds for seconds in _PERIODS if span / seconds <= _MOST_TICKS), _PERIODS[-1])
    first = math.ceil(begin / period)
    return [number * float(period) for number in range(first, math.floor(end / period) + 1)]


def clock(seconds: float) -> str:
    """A time for people: 40 s, 2:05, 1:00:00, with its sign."""
    sign, whole = ("\N{MINUS SIGN}" if seconds < 0 else ""), round(abs(seconds))
    if whole < 60:
        return f"{sign}{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{sign}{minutes}:{rest:02d}"
    return f"{sign}{minutes // 60}:{minutes % 60:02d}:{rest:02d}"


def key(colour: str) -> str:
    """A colour's line as a legend shows it, with its name."""
    name = escape(colour)
    line = f'<svg viewBox="0 0 30 8" aria-hidden="true"><path class="line {name}" d="M0 4 L30 4"/></svg>'
    return f"<span>{line}{name}</span>"


def svg(plot: Plot) -> str:
    """Return the drawing, with its title for those who do not see it."""
    return _Drawing(plot).svg()


class _Drawing:
    def __init__(self, plot: Plot) -> None:
        self._plot = plot
        self._span = (plot.end - plot.begin) or 1.0
        self._max = ceiling(max((value for line in plot.lines for _, value in line.points), default=0.0))
        self._top = _TOP_MARGIN + (14 if plot.strip else 0)

    def svg(self) -> str:
        plot = self._plot
        parts = (self._bands(), self._strip(), self._grid(), self._marks(), *map(self._line, plot.lines))
        return (
            f'<figure class="plot"><figcaption>{escape(plot.title)}</figcaption>'
            f'<svg viewBox="0 0 {plot.width} {_HEIGHT}" role="img"'
            f' aria-label="{escape(self._accessible_name())}">'
            f"{''.join(parts)}</svg></figure>"
        )

    def _accessible_name(self) -> str:
        tops = ", ".join(
            f"{line.colour} at most {max(value for _, value in line.points):.3g}"
            for line in self._plot.lines
            if line.points
        )
        return f"{self._plot.title}: {tops or 'nothing yet'}"

    def _x(self, at: float) -> float:
        inside = min(max(at, self._plot.begin), self._plot.end)
        return _LEFT_MARGIN + (inside - self._plot.begin) / self._span * (
            self._plot.width - _LEFT_MARGIN - _RIGHT_MARGIN
        )

    def _y(self, value: float) -> float:
        return _HEIGHT - _BOTTOM_MARGIN - value / self._max * (_HEIGHT - _BOTTOM_MARGIN - self._top)

    def _line(self, line: Line) -> str:
        if not line.points:
            return ""
        path = " ".join(
            f"{'L' if number else 'M'}{self._x(at):.1f} {self._y(value):.1f}"
            for number, (at, value) in enumerate(line.points)
        )
        return f'<path class="line {escape(line.colour)}" d="{path}"/>'

    def _bands(self) -> str:
        return "".join(
            self._box(band, self._top, _HEIGHT - _BOTTOM_MARGIN - self._top) for band in self._plot.bands
        )

    def _strip(self) -> str:
        return "".join(
            self._box(band, 2, self._top - 4) + self._label(band)
            for band in self._plot.strip
            if band.end > self._plot.begin
        )

    def _label(self, band: Band) -> str:
        wide = self._x(band.end) - self._x(band.begin)
        if wide < 7 * len(band.label):
            return ""
        x = self._x(band.begin) + 4
        return f'<text class="step" x="{x:.1f}" y="{self._top - 8}">{escape(band.label)}</text>'

    def _box(self, band: Band, top: float, high: float) -> str:
        start = self._x(band.begin)
        return (
            f'<rect class="band {escape(band.style)}" x="{start:.1f}" y="{top}"'
            f' width="{max(self._x(band.end) - start, 0.5):.1f}" height="{high}">'
            f"<title>{escape(band.detail or band.label)}</title></rect>"
        )

    def _grid(self) -> str:
        right = self._plot.width - _RIGHT_MARGIN
        drawn = []
        for value in (0.0, self._max / 2, self._max):
            y = self._y(value)
            drawn.append(
                f'<line class="grid" x1="{_LEFT_MARGIN}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}"/>'
                f'<text class="end" x="{_LEFT_MARGIN - 6}" y="{y + 4:.1f}">{value:g}</text>'
            )
        for at in ticks(self._plot.begin, self._plot.end):
            x = self._x(at)
            drawn.append(f'<text class="mid" x="{x:.1f}" y="{_HEIGHT - 6}">{escape(clock(at))}</text>')
        return "".join(drawn)

    def _marks(self) -> str:
        return "".join(
            f'<line class="mark" x1="{self._x(at):.1f}" x2="{self._x(at):.1f}" y1="{self._top}"'
            f' y2="{_HEIGHT - _BOTTOM_MARGIN}"><title>{escape(label)}</title></line>'
            for at, label in self._plot.marks
        )
