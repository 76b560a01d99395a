"""What a run of swaps under a mixed load came to: thresholds, requests by kind, seconds by step."""

import math
import statistics
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from bench.threshold import Threshold
from harness.load.latency import Window, percentile, sent_within
from harness.load.reads import KINDS
from harness.load.tally import AnswerTime, Failure, Upload
from harness.stack.timed_swap import TimedSwap

MORE_MS = 50.0
"""By how much the p99 during a swap may be above the one before it, milliseconds."""


@dataclass(frozen=True)
class Pull:
    """The slow pull.

    Attributes:
        size: Size in bytes.
        seconds: Seconds that it took.
        whole: Whether every byte was right.
        swaps: Swaps that began and ended while it went on.
    """

    size: int
    seconds: float
    whole: bool
    swaps: int


@dataclass(frozen=True)
class SwapRun:
    """All that was measured.

    Attributes:
        answers: Requests answered well.
        failures: Requests that were not.
        uploads: Uploads in chunks, that ended well.
        swaps: Swaps in their order.
        quiet: Windows in which no swap went on.
        pull: None where there was none.
        door: Requests, and wrong answers, as the front door counted them.
        seconds: Seconds of the whole run.
    """

    answers: Sequence[AnswerTime]
    failures: Sequence[Failure]
    uploads: Sequence[Upload]
    swaps: Sequence[TimedSwap]
    quiet: Sequence[Window]
    pull: Pull | None
    door: tuple[int, int]
    seconds: float

    @property
    def requests(self) -> int:
        """All that were made."""
        return len(self.answers) + len(self.failures)

    @property
    def small(self) -> list[AnswerTime]:
        """The small reads: those whose latency is looked at."""
        return [answer for answer in self.answers if answer.kind in KINDS]

    @property
    def flips(self) -> list[Window]:
        """From shortly before each switch to the end of its drain."""
        return [swap.flip for swap in self.swaps if swap.flip]

    @property
    def straddled(self) -> int:
        """Uploads in chunks that began before a switch and ended after it."""
        switches = [swap.steps["switch"] for swap in self.swaps if "switch" in swap.steps]
        return sum(
            any(upload.started < switch.started and switch.ended < upload.ended for switch in switches)
            for upload in self.uploads
        )


def evaluate(run: SwapRun, swaps: int, requests: int) -> list[Threshold]:
    """Compare a run with its limits.

    Args:
        run: Measured run.
        swaps: The least number of swaps that must have gone live.
        requests: The least number of requests that clients must have made.
    """
    faults = {
        fault: float(sum(failure.fault == fault for failure in run.failures))
        for fault in ("failed", "truncated", "wrong digest")
    }
    thresholds = [
        Threshold("swaps that went live", sum(swap.live for swap in run.swaps), swaps, is_minimum=True),
        Threshold("swaps that did not", sum(not swap.live for swap in run.swaps), 0),
        Threshold("requests", run.requests, requests, is_minimum=True),
        *(Threshold(fault, number, 0) for fault, number in faults.items()),
        Threshold("wrong answers as the door counts them", run.door[1], 0, note=f"of {run.door[0]} requests"),
        Threshold("uploads in chunks across a switch", run.straddled, len(run.flips) / 2, is_minimum=True),
        *_latencies(run),
    ]
    if run.pull:
        note = f"{run.pull.size / 1e6:.0f} MB in {run.pull.seconds:.0f} s"
        thresholds += [
            Threshold("slow pull, whole", float(run.pull.whole), 1, is_minimum=True, note=note),
            Threshold("swaps during it", run.pull.swaps, 2, is_minimum=True),
        ]
    return thresholds


def _latencies(run: SwapRun) -> Iterator[Threshold]:
    before = sent_within(run.small, run.quiet)
    calm = 1000 * percentile(before, 0.99)
    whole = [swap.whole for swap in run.swaps]
    for name, windows in (("from switch to drained", run.flips), ("during the whole swap", whole)):
        during = sent_within(run.small, windows)
        p99 = 1000 * percentile(during, 0.99)
        ratio = p99 / calm if calm else math.nan
        note = (
            f"{p99:.1f} ms of {len(during)}, without a swap {calm:.1f} ms of {len(before)}, ratio {ratio:.2f}"
        )
        yield Threshold(f"p99 {name}, more ms", p99 - calm, MORE_MS, note=note)


def show(run: SwapRun, thresholds: Sequence[Threshold], console: Console) -> None:
    """Print everything."""
    limits = Table("figure", "measured", "limit", "", "", title="thresholds")
    for threshold in thresholds:
        sign = ">=" if threshold.is_minimum else "<="
        figure = f"{threshold.figure:.1f}" if threshold.figure % 1 else f"{threshold.figure:.0f}"
        limits.add_row(
            threshold.name,
            figure,
            f"{sign} {threshold.limit:.0f}",
            "held" if threshold.is_kept else "MISSED",
            threshold.note,
        )
    console.print(limits, _kinds(run), _steps(run), _slower(run))
    for failure in run.failures[:30]:
        console.print(f"{failure.at:.3f} {failure.kind}: {failure.fault}: {failure.text}", markup=False)
    for swap in run.swaps:
        if not swap.live:
            console.print(f"a swap ended with {swap.code}:", *swap.lines, sep="\n", markup=False)


def _kinds(run: SwapRun) -> Table:
    seconds, failures = defaultdict[str, list[float]](list), defaultdict[str, int](int)
    for answer in run.answers:
        seconds[answer.kind].append(answer.seconds)
    for failure in run.failures:
        failures[failure.kind] += 1
    rate = run.requests / run.seconds if run.seconds else math.nan
    title = f"{run.requests} requests in {run.seconds:.0f} s, {rate:.1f} a second"
    table = Table("kind", "answered", "p50, ms", "p99, ms", "most, ms", "failed", title=title)
    for kind in sorted({*seconds, *failures}):
        took = seconds[kind]
        table.add_row(kind, str(len(took)), *_milliseconds(took, 0.5, 0.99, 1.0), str(failures[kind]))
    return table


def _steps(run: SwapRun) -> Table:
    """How long each step took, and the small reads that were sent meanwhile."""
    table = Table(
        "step", "median, s", "most, s", "small reads", "p50, ms", "p99, ms", title=f"{len(run.swaps)} swaps"
    )
    names = list(dict.fromkeys(name for swap in run.swaps for name in swap.steps))
    windows = {name: [swap.steps[name] for swap in run.swaps if name in swap.steps] for name in names}
    windows |= {"all of it": [swap.whole for swap in run.swaps], "no swap": list(run.quiet)}
    small = run.small
    for name, stretches in windows.items():
        took = [stretch.seconds for stretch in stretches]
        if took:
            median, most = statistics.median(took), max(took)
            table.add_row(name, f"{median:.1f}", f"{most:.1f}", *_latency(small, stretches))
    return table


def _slower(run: SwapRun) -> Table:
    """Small reads by kind, without a swap and where clients change from one colour to the other."""
    table = Table(
        "kind",
        "no swap",
        "p50, ms",
        "p99, ms",
        "switch to drained",
        "p50, ms",
        "p99, ms",
        title="small reads",
    )
    for kind in KINDS:
        own = [answer for answer in run.answers if answer.kind == kind]
        table.add_row(kind, *_latency(own, run.quiet), *_latency(own, run.flips))
    return table


def _latency(answers: Sequence[AnswerTime], windows: Sequence[Window]) -> tuple[str, ...]:
    took = sent_within(answers, windows)
    return str(len(took)), *_milliseconds(took, 0.5, 0.99)


def _milliseconds(took: Sequence[float], *shares: float) -> list[str]:
    return [f"{1000 * percentile(took, share):.1f}" for share in shares]
