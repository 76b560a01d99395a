"""Campaigns: tests that prove by number. `make test` runs a sample of each, `make soak` the full size.

The seed of a run is its date, so that samples differ from day to day and over time cover everything. Each run
prints it, and `CAMPAIGN_SEED` repeats it. docs/design/tests.md lists the campaigns.
"""

import itertools
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

import pytest

T = TypeVar("T")

SCALE = "CAMPAIGN_SCALE"
"""Environment variable with the share of the full size, such as 0.1. Without it samples run."""
SEED = "CAMPAIGN_SEED"
"""Environment variable with the seed, an integer."""


@dataclass(frozen=True)
class Campaign:
    """How many cases a test tries.

    Attributes:
        name: as `make soak WHAT=NAME` has it.
        full: number of cases at scale 1.
        sample: number of cases in `make test`.
    """

    name: str
    full: int
    sample: int

    @property
    def size(self) -> int:
        """Number of cases in this run, at least 1."""
        scale = os.environ.get(SCALE)
        return max(1, round(self.full * float(scale))) if scale else self.sample

    @property
    def seed(self) -> int:
        """Seed of this run, the same in all of its processes."""
        return int(os.environ[SEED])

    def choose(self, cases: Iterable[T]) -> list[T]:
        """Return as many of some cases as this run tries, neighbours from a start by the seed.

        For parameters of tests on live stacks, each of which takes a minute.
        """
        every = list(cases)
        first = self.seed % len(every)
        return (every[first:] + every[:first])[: self.size]

    def walk(self) -> Iterator[int]:
        """Count 1, 2, 3 and so on, in a sample with strides of full size by sample from a start by the seed.

        For tests that try every checkpoint of something until there are no more.
        """
        stride = max(1, self.full // self.size)
        return itertools.count(1 + self.seed % stride, stride)


def examples(full: int, sample: int) -> int:
    """Return how many random examples of a property a run tries; the campaign is `properties`.

    Args:
        full: number at scale 1.
        sample: number in `make test`.
    """
    return Campaign("properties", full, sample).size


def only_in_soak(name: str) -> pytest.MarkDecorator:
    """Return the mark of tests that take too long for `make test`.

    Args:
        name: of the campaign that runs them.
    """
    reason = f"takes too long for `make test`; `make soak WHAT={name}` runs it"
    return pytest.mark.skipif(SCALE not in os.environ, reason=reason)


BY_TURNS = "by_turns"
"""Marker of tests that take turns in `make test`."""
TURNS = 3
"""Groups of tests that take turns (choice): with one of them `make test` is short enough."""


def by_turns(turn: int) -> list[pytest.MarkDecorator]:
    """Return the marks of tests that take turns in `make test`, since all together take too long.

    They are whole stacks that show a case of what others show every day. The campaign is `stacks`.

    Args:
        turn: from 0; these tests run with seeds that leave this remainder when divided by `TURNS`.
    """
    is_left_out = SCALE not in os.environ and int(os.environ[SEED]) % TURNS != turn
    reason = f"runs with seeds that leave {turn} when divided by {TURNS}, and by `make soak WHAT=stacks`"
    return [pytest.mark.by_turns, pytest.mark.skipif(is_left_out, reason=reason)]


def choose_seed() -> None:
    """Take today's date for a seed, as 20261129, where the environment has none."""
    os.environ.setdefault(SEED, f"{datetime.now(UTC):%Y%m%d}")


def describe_run() -> str:
    """Return seed and scale of this run, one line."""
    scale = os.environ.get(SCALE)
    size = f"scale {scale} of the full size" if scale else "samples"
    return f"campaigns: {size}; seed {os.environ[SEED]}, repeated by {SEED}={os.environ[SEED]}"
