"""What is made of a mixed load's figures: windows, percentiles, a swap's steps, thresholds."""

import math
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.swap.swap_report import SwapRun, evaluate
from bench.swap.swaps import RELEASES, following
from harness.load.latency import Window, percentile, sent_within
from harness.load.tally import AnswerTime, Failure, Tally, Upload
from harness.stack.swap_operator import Followed, ReportedLine
from harness.stack.timed_swap import TimedSwap, timed_swap


@dataclass(frozen=True)
class SentRequest:
    at: float
    seconds: float


TIMES = st.floats(0, 1000)
REQUESTS = st.lists(st.builds(SentRequest, TIMES, st.floats(0, 50)), max_size=40)


@st.composite
def windows(draw: st.DrawFn) -> list[Window]:
    edges = sorted(draw(st.lists(TIMES, max_size=10, unique=True)))
    return [Window(*pair) for pair in zip(edges[::2], edges[1::2], strict=False)]


@given(REQUESTS, windows())
def test_requests_count_where_they_are_sent(requests: list[SentRequest], run_windows: list[Window]) -> None:
    sent = [
        request.seconds
        for request in requests
        if any(containing.started <= request.at <= containing.ended for containing in run_windows)
    ]
    assert sent_within(requests, run_windows) == sent


@given(st.lists(st.floats(0, 100), min_size=1), st.floats(0.01, 1))
def test_a_percentile_is_one_of_the_values_with_that_share_below(values: list[float], share: float) -> None:
    result = percentile(values, share)
    assert result in values
    assert sum(value <= result for value in values) >= share * len(values) - 1e-9
    assert sum(value < result for value in values) < share * len(values)


def test_no_values_have_no_percentile() -> None:
    assert math.isnan(percentile([], 0.99))


def reported_lines(*lines: tuple[float, str]) -> list[ReportedLine]:
    return [ReportedLine(at, line) for at, line in lines]


DONE = reported_lines(
    (101.0, "    1.0 s  lock ok: lock 3 is held; nobody else changes the stack meanwhile"),
    (110.0, "   10.0 s  build ok: 3 created, 1 updated (8.5 s)"),
    (112.0, "   12.0 s  switch ok: dal05 red -> black (0.5 s)"),
    (115.5, "   15.5 s  drain ok: red has no transfers any more (3.5 s)"),
    (116.0, "swap to release 2 (black): live"),
)


def test_a_swap_is_timed_by_its_lines() -> None:
    swap = timed_swap(Followed(100.0, 120.0, 0, DONE))
    assert swap.steps == {
        "build": Window(101.5, 110.0),
        "switch": Window(111.5, 112.0),
        "drain": Window(112.0, 115.5),
    }
    assert swap.flip == Window(110.5, 115.5)
    assert swap.live


@pytest.mark.parametrize(
    ("code", "more"),
    [(3, (119.0, "   19.0 s  switch back ok: dal05 black -> red (0.4 s)")), (1, (119.0, "operate: broken"))],
)
def test_a_swap_that_was_rolled_back_or_stopped_did_not_go_live(code: int, more: tuple[float, str]) -> None:
    assert not timed_swap(Followed(100.0, 120.0, code, [*DONE, *reported_lines(more)])).live
    assert not timed_swap(Followed(100.0, 120.0, 0, DONE[:2])).live


def run(
    swap: TimedSwap, answer_times: list[AnswerTime], failures: list[Failure], uploads: list[Upload]
) -> SwapRun:
    return SwapRun(answer_times, failures, uploads, [swap], [Window(90, 100)], None, (9, 0), 60.0)


def missed(load_run: SwapRun, requests: int = 1) -> set[str]:
    return {threshold.name for threshold in evaluate(load_run, 1, requests) if not threshold.is_kept}


def test_a_run_keeps_its_bars_and_misses_each_for_its_own_reason() -> None:
    swap = timed_swap(Followed(100.0, 120.0, 0, DONE))
    calm, slow = AnswerTime(95, "ping", 0.01), AnswerTime(112, "ping", 0.08)
    across = Upload(110, 113)
    assert missed(run(swap, [calm, AnswerTime(112, "ping", 0.05)], [], [across])) == set()
    assert missed(run(swap, [calm, AnswerTime(112, "ping", 0.05)], [], [across]), 3) == {"requests"}
    assert missed(run(swap, [calm, slow], [], [across])) == {
        "p99 from switch to drained, more ms",
        "p99 during the whole swap, more ms",
    }
    early = Upload(110, 111.7)
    assert missed(run(swap, [calm, calm, AnswerTime(112, "ping", 0.01)], [], [early])) == {
        "uploads in chunks across a switch"
    }
    for fault in ("failed", "truncated", "wrong digest"):
        failure = Failure(112, "ping", fault, "")
        assert missed(run(swap, [calm, AnswerTime(112, "ping", 0.05)], [failure], [across])) == {fault}
    assert "p99 from switch to drained, more ms" in missed(run(swap, [calm], [], [across])), "nothing seen"


def test_each_release_is_another_one_than_its_colour_had() -> None:
    live, warm, had = "1", "", {"red": "1", "black": ""}
    for number in range(9):
        release = following(live, warm, cold=True)
        colour = ("black", "red")[number % 2]
        assert release != had[colour]
        had[colour] = release
        live, warm = release, live
        assert release in RELEASES
    assert following("1", "2", cold=True) == "3"
    assert following("1", "3", cold=True) == "2"
    assert following("2", "1", cold=False) == "1"
    assert following("1", "", cold=False) == "2"


def test_a_tally_counts_every_request_once() -> None:
    tally = Tally()
    tally.answered("ping", 0.0)
    tally.failed("ping", "truncated", "x" * 900)
    assert tally.requests == 2
    assert tally.faults() == {"failed": 0, "truncated": 1, "wrong digest": 0}
    assert len(tally.failures[0].text) == 500
