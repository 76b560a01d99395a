"""What a bench of silent connections says of its figures."""

import math
from dataclasses import replace

import pytest

from bench.proxy.silent_connections import SILENT, SilentResult, round_count
from settings import DEFAULT_DOOR_LIMITS

HELD = DEFAULT_DOOR_LIMITS.address_connections
KEPT = SilentResult("modern", SILENT, HELD, (0.010, 0.020), (4000, 4000))


def test_a_p99_that_doubles_is_kept() -> None:
    assert KEPT.ratio == 2.0
    assert KEPT.problems == []


@pytest.mark.parametrize(
    ("result", "problem"),
    [
        (replace(KEPT, p99=(0.010, 0.021)), "the good client's p99 is 2.10 times as long"),
        (replace(KEPT, p99=(0.010, math.nan)), "the good client's p99 is nan times as long"),
        (replace(KEPT, failures=("status 503",)), "good client: status 503"),
        (replace(KEPT, reached=SILENT - 1), "8191 of 8192 came to the door"),
        (replace(KEPT, held=0), f"the door held 0, not the {HELD} that one address may have"),
    ],
)
def test_what_must_not_be_is_a_line(result: SilentResult, problem: str) -> None:
    assert result.problems == [f"modern, silent connections: {problem}"]


def test_a_small_bench_still_takes_turns() -> None:
    assert [round_count(scale) for scale in (1.0, 0.5, 0.02)] == [6, 3, 2]
