"""What the front door's bench makes of what it measured."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.proxy.door_peers import Measured
from bench.proxy.front_door import DIRECT, DIRECT_TLS, DOOR, PLAIN, kept, more_ms, percentile, report, share

SECONDS = st.floats(0.01, 100)


@given(st.lists(SECONDS, min_size=1), st.floats(0.5, 2))
def test_the_share_is_that_of_each_round_whatever_the_machine_did_between(
    times: list[float], slower: float
) -> None:
    door = Measured([time * slower for time in times], times, [], [])
    direct = Measured(times, [time * slower for time in times], [], [])
    assert share(door, direct, lambda measured: measured.push) == pytest.approx(1 / slower)
    assert share(door, direct, lambda measured: measured.pull) == pytest.approx(slower)


@given(st.lists(st.lists(SECONDS, min_size=5, max_size=5), min_size=1), st.floats(0, 0.01))
def test_the_milliseconds_are_those_of_each_block(blocks: list[list[float]], more: float) -> None:
    door = Measured([], [], [[seconds + more for seconds in block] for block in blocks], [])
    for percent in (50, 99):
        assert more_ms(
            door, Measured([], [], blocks, []), percent, lambda measured: measured.authorized
        ) == pytest.approx(more * 1e3, abs=1e-6)


@pytest.mark.parametrize(("percent", "expected"), [(50, 51.0), (99, 100.0), (100, 100.0)])
def test_a_percentile(percent: int, expected: float) -> None:
    assert percentile([float(number) for number in range(100, 0, -1)], percent) == expected


@pytest.mark.parametrize(
    ("push", "pull", "authorized", "refused", "is_kept"),
    [
        (1.0, 1.0, 0.002, 0.002, True),
        (1.1, 1.0, 0.002, 0.002, False),
        (1.0, 1.1, 0.002, 0.002, False),
        (1.0, 1.0, 0.0031, 0.002, False),
        (1.0, 1.0, 0.002, 0.0031, False),
    ],
)
def test_every_limit_counts(
    push: float, pull: float, authorized: float, refused: float, *, is_kept: bool
) -> None:
    direct = Measured([1.0], [1.0], [[0.002]], [[0.002]])
    door = Measured([push], [pull], [[authorized]], [[refused]])
    assert kept(door, direct, direct) is is_kept
    assert report({DOOR: door, DIRECT: direct, DIRECT_TLS: direct, PLAIN: direct}, 10**8) is is_kept


def test_the_throughput_is_compared_with_a_registry_that_speaks_tls_itself() -> None:
    door = Measured([1.0], [1.0], [[0.002]], [[0.002]])
    assert kept(door, Measured([0.5], [0.5], [[0.002]], [[0.002]]), door)
