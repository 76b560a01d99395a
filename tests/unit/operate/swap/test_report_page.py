"""A swap's report: its plots have what was counted, before the switch and after it."""

import re
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operate.pages.plot import Line, Plot, ceiling, clock, svg, ticks
from operate.record.options import SwapOptions
from operate.record.record import Record
from operate.swap.report import page
from operate.swap.start import OperationRequest
from tests.unit.operate.swap.simulated_stack import SimulatedRelease, Simulation


def swapped(release: SimulatedRelease | None = None) -> Record:
    simulation = Simulation()
    simulation.releases["2"] = release or SimulatedRelease()
    options = SwapOptions(bake=20.0)
    order = OperationRequest("op@host", "2026-11-25T00:00:00Z", "<b>why</b>", "2", {}, options)
    record = simulation.operator().swap(order, simulation.facts())
    assert isinstance(record, Record)
    return record


def plotted(html: str, title: str) -> str:
    (plot,) = re.findall(rf"<figcaption>{re.escape(title)}</figcaption>(<svg.*?</svg>)", html)
    return str(plot)


def test_a_report_opened_from_a_disk_runs_and_fetches_nothing() -> None:
    html = page(swapped())
    (policy,) = re.findall(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', html)
    assert policy.startswith("default-src 'none'; ")
    assert "script" not in policy
    before, _, _ = html.partition("Content-Security-Policy")
    assert "<style" not in before, "what stands before the policy is not under it"


def test_both_colours_are_drawn_before_and_after_the_switch() -> None:
    record = swapped()
    assert len([sample for sample in record.samples if sample.black.requests == 0]) >= 3
    html = page(record)
    for title in ("Requests a second", "Failures a second", "Time to the first byte, ms"):
        drawn = plotted(html, title)
        assert len(re.findall(r'<path class="line (?:red|black)" d="M[\d. ]+( L[\d. ]+)+"', drawn)) == 2
        assert '<path class="band red"' in drawn
        assert '<path class="band black"' in drawn
        assert 'class="mark"' in drawn
        assert ">bake</text>" in drawn
    requests = plotted(html, "Requests a second")
    red, black = (
        re.findall(rf'class="line {colour}" d="([^"]*)"', requests)[0] for colour in ("red", "black")
    )
    assert len(set(re.findall(r" ([\d.]+)(?: |$)", red))) > 1, "red is a flat line"
    assert len(set(re.findall(r" ([\d.]+)(?: |$)", black))) > 1, "black is a flat line"
    assert "before the switch" in html
    assert "since the switch" in html


def test_a_rollback_by_itself_shows_both_switches_and_the_failures() -> None:
    record = swapped(SimulatedRelease(failing=20, late=24.0))
    assert record.result == "rolled back"
    html = page(record)
    drawn = plotted(html, "Requests a second")
    assert 'class="alarm"' in html
    assert "step-bad" in drawn
    assert '<td class="number bad">' in html


def test_what_people_wrote_is_text() -> None:
    html = page(replace(swapped(), reason="<script>alert(1)</script>", who="<i>x</i>"))
    assert not re.search(r"<(b|i|script)[ >]", html)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


def test_it_needs_nothing_else() -> None:
    html = page(swapped())
    assert not re.search(r"""(src|href)=(?!"data:)""", html)
    assert "url(" not in html
    assert "@import" not in html


@given(st.floats(0, 1e12))
def test_a_scale_ends_at_a_round_number_above(value: float) -> None:
    top = ceiling(value)
    assert top >= value * (1 - 1e-6)
    assert str(f"{top:.0e}")[0] in "125"
    assert value <= 1 or top <= 2.6 * value


@given(st.floats(-1e5, 1e5), st.floats(1, 1e5))
def test_a_scale_has_few_round_times(begin: float, span: float) -> None:
    tick_times = ticks(begin, begin + span)
    assert len(tick_times) <= 8
    assert all(begin - 1e-6 <= tick <= begin + span + 1e-6 for tick in tick_times)
    assert len({round(next_tick - tick, 6) for tick, next_tick in pairwise(tick_times)}) <= 1


@pytest.mark.parametrize(
    ("seconds", "expected"), [(0, "0 s"), (59.4, "59 s"), (-61, "\N{MINUS SIGN}1:01"), (3600, "1:00:00")]
)
def test_a_time_is_formatted_for_people(seconds: float, expected: str) -> None:
    assert clock(seconds) == expected


@given(st.lists(st.floats(0, 1e9), min_size=2, max_size=30))
def test_every_point_lies_inside_the_drawing(values: list[float]) -> None:
    points = [(float(number), value) for number, value in enumerate(values)]
    drawn = svg(Plot("t", 0.0, len(values) - 1.0, [Line("red", points)]))
    (path,) = re.findall(r'class="line red" d="([^"]*)"', drawn)
    numbers = [float(number) for number in re.findall(r"[\d.]+", path)]
    plotted_points = list(zip(numbers[::2], numbers[1::2], strict=True))
    assert len(plotted_points) == len(values)
    assert all(0 <= x <= 860 and 0 <= y <= 190 for x, y in plotted_points)
