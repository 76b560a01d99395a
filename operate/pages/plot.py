"""A plot over time as SVG, by pygal: a line a colour, bands for what went on, a mark for the switch; pure.

pygal's own styles and scripts are taken out: pages forbid both, and style.css has what there is for light and
dark. A line's dashes also show its colour, for those who do not see colours.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, cast

import pygal
from markupsafe import Markup
from pygal.etree import etree
from pygal.style import Style

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

# The same drawing whether or not lxml is there, which only the local cloud needs.
etree.to_etree()

_HEIGHT, _LABEL_SIZE = 190, 11
_PERIODS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)
_MOST_TICKS = 7
_STRIP, _STRIP_CENTRE = 1.16, 1.08
"""Top of the drawing and middle of the strip of steps, as shares of the lines' top."""
_LETTER = 7
"""Width of a letter of a label, in the drawing's units."""
Point = tuple[float, float]


@dataclass(frozen=True)
class Line:
    """One colour's values.

    Attributes:
        colour: Name of the style.
        points: Seconds and values; the time grows.
    """

    colour: str
    points: Sequence[Point]


@dataclass(frozen=True)
class Band:
    """A stretch of time.

    Attributes:
        begin: Begin, in seconds.
        end: End, in seconds.
        label: Name of what went on.
        style: Names the style, such as a colour that was live.
        detail: More about it, shown where the pointer rests; "" is the label.
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
        title: Title with the unit.
        begin: Seconds at the left edge.
        end: Seconds at the right edge.
        lines: Lines, a colour each.
        bands: Bands behind the lines.
        strip: Stretches named above the lines.
        marks: Seconds and what happened then.
        width: Width of the drawing, in its own units; the page scales it.
    """

    title: str
    begin: float
    end: float
    lines: Sequence[Line]
    bands: Sequence[Band] = ()
    strip: Sequence[Band] = ()
    marks: Sequence[tuple[float, str]] = ()
    width: int = 860

    @property
    def accessible_name(self) -> str:
        """What is seen at a glance, for those who do not see it."""
        tops = ", ".join(
            f"{line.colour} at most {max(value for _, value in line.points):.3g}"
            for line in self.lines
            if line.points
        )
        return f"{self.title}: {tops or 'nothing yet'}"


@dataclass(frozen=True)
class PlotView:
    """A plot as templates take it: its title, and the drawing."""

    title: str
    drawing: Markup


@dataclass(frozen=True)
class _Series:
    """One series of pygal's.

    Attributes:
        points: Points as pygal takes them.
        style: Class of the line's path.
        detail: Shown where the pointer rests.
        fill: Whether the area under it is filled.
    """

    points: Sequence[object]
    style: str
    detail: str = ""
    fill: bool = False


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
    """Return a time for people: 40 s, 2:05, 1:00:00, with its sign.

    Args:
        seconds: The time, which may be negative.
    """
    sign, whole = ("\N{MINUS SIGN}" if seconds < 0 else ""), round(abs(seconds))
    if whole < 60:
        return f"{sign}{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{sign}{minutes}:{rest:02d}"
    return f"{sign}{minutes // 60}:{minutes % 60:02d}:{rest:02d}"


def svg(plot: Plot) -> Markup:
    """Return the drawing, with its title for those who do not see it."""
    end = plot.end if plot.end > plot.begin else plot.begin + 1.0
    top = ceiling(max((value for line in plot.lines for _, value in line.points), default=0.0))
    series = _series(plot, end, top)
    chart = pygal.XY(
        width=plot.width,
        height=_HEIGHT,
        css=(),
        js=(),
        no_prefix=True,
        disable_xml_declaration=True,
        show_legend=False,
        margin=4,
        spacing=6,
        xrange=(plot.begin, end),
        range=(0.0, top * (_STRIP if plot.strip else 1.0)),
        x_labels=ticks(plot.begin, end),
        y_labels=[0.0, top / 2, top],
        x_value_formatter=clock,
        value_formatter=lambda value: f"{value:g}",
        truncate_label=-1,
        print_labels=True,
        # A label stands where its point is.
        style=Style(label_font_size=_LABEL_SIZE, major_label_font_size=_LABEL_SIZE, value_font_size=0),
    )
    for entry in series:
        # Dots are needed for labels alone, and are taken out with all that needs a script.
        has_labels = any(isinstance(point, dict) for point in entry.points)
        chart.add(entry.style, entry.points, fill=entry.fill, show_dots=has_labels)
    chart.add_xml_filter(lambda root: _tidy(root, plot, series))
    # pygal escapes every text; there is no other in it.
    return Markup(cast(str, chart.render(is_unicode=True)))  # noqa: S704


def draw(plot: Plot) -> PlotView:
    """Return the plot as templates take it."""
    return PlotView(plot.title, svg(plot))


def _series(plot: Plot, end: float, top: float) -> list[_Series]:
    def inside(at: float) -> float:
        return min(max(at, plot.begin), end)

    whole = top * (_STRIP if plot.strip else 1.0)
    # pygal draws no axes where there is no series; a single point has no line.
    series = [_Series([(plot.begin, 0.0)], "frame")]
    for band in plot.bands:
        edge: list[object] = [(inside(at), top) for at in (band.begin, band.end)]
        series.append(_Series(edge, f"band {band.style}", _detail(band), fill=True))
    for band in plot.strip:
        if band.end > plot.begin:
            begin, finish = inside(band.begin), inside(band.end)
            is_wide = (finish - begin) / (end - plot.begin) * plot.width >= _LETTER * len(band.label)
            label = {"label": band.label} if is_wide else {}
            points: list[object] = [
                {"value": (begin, top * _STRIP_CENTRE), **label},
                {"value": (finish, top * _STRIP_CENTRE)},
            ]
            series.append(_Series(points, f"stretch {band.style}", _detail(band)))
    series += [_Series([(inside(at), 0.0), (inside(at), whole)], "mark", label) for at, label in plot.marks]
    lines = [line for line in plot.lines if line.points]
    return series + [
        _Series([(inside(at), value) for at, value in line.points], f"line {line.colour}") for line in lines
    ]


def _detail(band: Band) -> str:
    return band.detail or band.label


def _tidy(root: "Element[str]", plot: Plot, series: Sequence[_Series]) -> "Element[str]":
    """Take out what needs a style or a script, and name what is left as style.css does."""
    root.attrib.clear()
    root.attrib.update(
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {plot.width} {_HEIGHT}",
        role="img",
        **{"aria-label": plot.accessible_name},
    )
    for parent in list(root.iter()):
        for child in [child for child in parent if _is_needless(child)]:
            parent.remove(child)
    for path in root.findall(".//g[@class='guides']/path"):
        path.attrib["class"] = "grid"
    for number, entry in enumerate(series):
        for path in root.findall(f".//g[@class='series serie-{number} color-{number}']/path"):
            drawn = path.attrib["d"]
            path.attrib.clear()
            path.attrib.update({"class": entry.style, "d": drawn})
            if entry.detail:
                etree.SubElement(path, "title").text = entry.detail
    return root


def _is_needless(element: "Element[str]") -> bool:
    """Whether a page has no use for a part of pygal's drawing: styles, scripts, what a script shows."""
    words = element.attrib.get("class", "").split()
    return (
        not isinstance(element.tag, str)
        or element.tag in ("defs", "desc", "rect", "title")
        or not {"overlay", "tooltip-overlay"}.isdisjoint(words)
    )
