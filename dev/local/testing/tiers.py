"""The tests by tier, the fast ones first."""

import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from dev.local.environment import CommandFailedError
from dev.local.process import run
from dev.local.progress import announced


@dataclass(frozen=True)
class Tier:
    """A folder of tests below tests/.

    Attributes:
        workers: Processes that run its tests. More than the two cores where tests mostly wait, for machines,
            transactions and drains. Each takes seconds of a core to import what it tests.
        needs_cache: Whether its tests use the engine or an image.
    """

    workers: int
    needs_cache: bool = True


TIERS: Mapping[str, Tier] = {
    "unit": Tier(3, needs_cache=False),
    "process": Tier(5, needs_cache=False),
    "program": Tier(2, needs_cache=False),
    "provider": Tier(3),
    "engine": Tier(2),
    "cloud": Tier(3),
    "e2e": Tier(3),
}
"""By the name of the folder."""
SLOWEST = 10
"""Slowest tests that each tier prints."""


def pytest_command(workers: int, *arguments: str) -> list[str]:
    """Return the command that runs tests on so many workers, dealt out as tests/support/schedule.py says."""
    dealt_out = ["-n", str(workers), "--dist", "loadgroup", "--no-loadscope-reorder"]
    return [sys.executable, "-m", "pytest", f"--durations={SLOWEST}", *dealt_out, *arguments]


def compile_tests() -> None:
    """Have pytest compile every test module, which in a fresh checkout each worker would do for itself.

    A module that cannot be imported is told by its tier.
    """
    with suppress(CommandFailedError):
        run([sys.executable, "-m", "pytest", "--collect-only", "-qq", "tests"], capture=True)


def run_tier(name: str) -> None:
    """Run the tests of a tier.

    Args:
        name: A key of `TIERS`.

    Raises:
        LocalError: A test failed.
    """
    with announced(f"tests/{name}"):
        run(pytest_command(TIERS[name].workers, f"tests/{name}"))
