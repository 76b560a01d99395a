"""Swaps to releases that are bad, on a live stack with clients: `python -m bench.swap.bad_releases`.

Exit code 1 where one of them stayed live, or where one that shows it from the first cost a client a request.
"""

import argparse
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.command import run_command
from bench.stack.live_stack import registry_up
from harness.stack.bad_release import KINDS, BadRelease, BadReleaseOutcome, Trial
from harness.stack.operated import operated_by_copy


def right(outcome: BadReleaseOutcome, before: str) -> bool:
    """Whether it came as it has to: never live, or rolled back by itself."""
    if outcome.live != before or outcome.found_by == "nobody":
        return False
    if outcome.release.late:
        return outcome.result == "rolled back"
    return not outcome.switched and not outcome.failures


def format_outcome(outcome: BadReleaseOutcome, as_required: bool) -> str:
    """Return one line about a trial."""
    kinds = Counter(failure[:60] for failure in outcome.failures).most_common(4)
    return (
        f"{outcome.release.name}: {outcome.result}, by {outcome.found_by} after {outcome.seconds:.0f} s:"
        f" {outcome.reason[:300]}; live {outcome.live}; {len(outcome.failures)} of {outcome.requests} failed"
        f" {kinds}; {'well' if as_required else 'WRONG'}"
    )


def report(outcomes: list[tuple[BadReleaseOutcome, bool]]) -> bool:
    """Print the outcomes; return whether all are as required."""
    table = Table("release", "found by", "it said", "s", "result", "failed of requests", "")
    for outcome, as_required in outcomes:
        failed = f"{len(outcome.failures)} of {outcome.requests}"
        table.add_row(
            outcome.release.what, outcome.found_by, outcome.reason[:90], f"{outcome.seconds:.0f}",
            outcome.result, failed, "" if as_required else "WRONG",
        )  # fmt: skip
    Console(width=180).print(table)
    return all(as_required for _, as_required in outcomes)


def chosen(only: Sequence[str], scale: float, seed: int) -> list[BadRelease]:
    """Return the releases to try, in their own order: those named, or a share of all."""
    if only:
        return [release for release in KINDS if release.name in only]
    count = max(1, min(len(KINDS), round(len(KINDS) * scale)))
    sample = random.Random(seed).sample(KINDS, count)  # noqa: S311 - which are tried, no secret
    return [release for release in KINDS if release in sample]


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="bench.swap.bad_releases", description=__doc__)
    parser.add_argument("--state", type=Path, help="of a local environment that is up")
    parser.add_argument("--only", nargs="*", default=(), help="names of releases, such as bad-slow-late")
    parser.add_argument("--scale", type=float, default=1.0, help="share of the releases")
    parser.add_argument("--seed", type=int, default=1, help="of which ones, where the scale is below 1")
    options = parser.parse_args()
    with registry_up(options.state) as registry, tempfile.TemporaryDirectory() as folder:
        operated = operated_by_copy(registry)
        if operated.state().swap:
            operated.run("rollback")
        trial = Trial(operated, operated.client(), Path(folder))
        before, outcomes = operated.state().colour, []
        for release in chosen(options.only, options.scale, options.seed):
            outcome = trial.swap(release)
            outcomes.append((outcome, right(outcome, before)))
            print(format_outcome(*outcomes[-1]), file=sys.stderr, flush=True)
        raise SystemExit(int(not report(outcomes)))


if __name__ == "__main__":
    run_command(main)
