"""What the throughput bench makes of what it measured."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.registry.throughput import MOST_READ, Pair, Transfer, report, share

SECONDS = st.floats(0.01, 100)


@given(st.lists(st.tuples(SECONDS, SECONDS), min_size=1), st.floats(0.5, 2))
def test_the_share_is_that_of_each_pair_whatever_the_machine_did_between(
    times: list[tuple[float, float]], slower: float
) -> None:
    pairs = [
        Pair(Transfer(1000, push * slower, pull), Transfer(1000, push, pull * slower)) for push, pull in times
    ]
    assert share(pairs, "push") == pytest.approx(1 / slower)
    assert share(pairs, "pull") == pytest.approx(slower)


@pytest.mark.parametrize(
    ("push", "pull", "read", "kept"),
    [
        (1.0, 1.0, 1.0, True),
        (1.1, 1.0, 1.0, False),
        (1.0, 1.1, 1.0, False),
        (1.0, 1.0, MOST_READ + 0.01, False),
    ],
)
def test_every_limit_counts(push: float, pull: float, read: float, kept: bool) -> None:
    pair = Pair(Transfer(1000, push, pull), Transfer(1000, 1.0, 1.0))
    assert report([pair], {"modern": read, "legacy": 4.0}) is kept
