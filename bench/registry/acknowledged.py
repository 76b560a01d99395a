"""Whether what a registry acknowledged is there: `python -m bench.registry.acknowledged [--scale 1]`.

Pushes 1,000 images by 8 clients at once through distribution 2.8.3 and the storage door to a real Swift
whose listings and deletions are seen 0, 1 and 5 s late, reads each after its acknowledgement, and all of
them again at the end. A first run of fewer images goes without the door. Prints a table, and fails where
something acknowledged in the other runs cannot be read.
"""

import argparse
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.command import run_command
from cloud.swift.local_object_storage import LocalObjectStorage
from harness.load.acknowledged_pushes import PushLoad, PushOutcome, measure

IMAGES = 1000
CLIENTS = 8
STALENESS = (0.0, 1.0, 5.0)
CONTROL = PushLoad(16, CLIENTS, 1.0, door=False, attempts=1)


def table(outcomes: list[PushOutcome]) -> Table:
    """Return a table of the outcomes, a row for each load."""
    rows = Table("stale s", "door", "images", "acknowledged", "blobs", "refusals", "lost at once",
                 "lost at the end", "s", "push p50 s", "push p95 s")  # fmt: skip
    for outcome in outcomes:
        rows.add_row(
            f"{outcome.load.staleness:g}", "yes" if outcome.load.door else "no", str(outcome.load.images),
            str(outcome.images), str(outcome.blobs), str(len(outcome.refusals)),
            str(len(outcome.lost_at_once)), str(len(outcome.unreadable)),
            f"{outcome.seconds:.0f}", f"{outcome.median:.2f}", f"{outcome.slow:.2f}",
        )  # fmt: skip
    return rows


def main() -> int:
    """Run all loads; the exit code."""
    parser = argparse.ArgumentParser(prog="bench.registry.acknowledged", description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="share of the images")
    parser.add_argument("--staleness", type=float, nargs="+", default=STALENESS, help="seconds")
    options = parser.parse_args()
    return run_loads(max(1, round(IMAGES * options.scale)), options.staleness)


def run_loads(images: int, stalenesses: Sequence[float]) -> int:
    """Run all loads; the exit code.

    Args:
        images: Images that are pushed in each load.
        stalenesses: Seconds by which Swift's listings and deletions are late, one for each load.
    """
    console, outcomes = Console(width=140), []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cloud = LocalObjectStorage(folder / "cloud", None)
        loads = [CONTROL, *(PushLoad(images, CLIENTS, staleness) for staleness in stalenesses)]
        try:
            for number, load in enumerate(loads):
                outcome = measure(load, cloud, f"SLOS1-{number}", folder, folder / "programs")
                outcomes.append(outcome)
                console.print(table([outcome]))
                for message, times in Counter(outcome.refusals + outcome.unreadable).most_common(5):
                    console.print(f"{times} x {message[:400]}", markup=False)
        finally:
            cloud.stop()
    console.print(table(outcomes))
    return (
        1
        if any(outcome.unreadable or outcome.lost_at_once for outcome in outcomes if outcome.load.door)
        else 0
    )


if __name__ == "__main__":
    run_command(main)
