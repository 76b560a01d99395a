"""The tests by tier, the fast ones first."""

import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
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
STAGES: Sequence[Sequence[str]] = (
    ("unit",),
    ("process",),
    ("program", "provider", "engine"),
    ("cloud", "e2e"),
)
"""Every tier; those of one stage run at once, since the tests of one alone wait for half of their time."""
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


def run_stage(tiers: Sequence[str]) -> None:
    """Run the tests of some tiers at once, each to its end.

    Args:
        tiers: Keys of `TIERS`. Of more than one, each line has the tier's name before it.

    Raises:
        CommandFailedError: A test failed.
    """
    if len(tiers) == 1:
        _run_tier(tiers[0])
        return
    with ThreadPoolExecutor(len(tiers)) as pool:
        runs = [pool.submit(_run_tier, name, f"{name} | ") for name in tiers]
    for tier in runs:
        tier.result()


def _run_tier(name: str, label: str = "") -> None:
    def take_line(line: str) -> None:
        sys.stdout.write(f"{label}{line}\n")
        sys.stdout.flush()

    with announced(f"tests/{name}"):
        run(pytest_command(TIERS[name].workers, f"tests/{name}"), take_line=take_line if label else None)
