"""What a run of swaps under a mixed load came to: bars, requests by kind, seconds by step."""

import math
import statistics
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from tests.load.latency import Window, percentile, sent_within
from tests.load.reads import KINDS
from tests.load.tally import AnswerTime, Failure, Upload
from tests.load.timed_swap import TimedSwap

MORE_MS = 50.0
"""By how much the p99 during a swap may be above the one before it, milliseconds."""


@dataclass(frozen=True)
class Pull:
    """The slow pull.

    Attributes:
        size: bytes.
        seconds: it took.
        whole: whether every byte was right.
        swaps: that began and ended while it went on.
    """

    size: int
    seconds: float
    whole: bool
    swaps: int


@dataclass(frozen=True)
class Run:
    """All that was seen.

    Attributes:
        moments: requests answered well.
        failures: requests that were not.
        uploads: in chunks, that ended well.
        swaps: in their order.
        quiet: windows in which no swap went on.
        pull: None where there was none.
        door: requests, and wrong answers, as the front door counted them.
        seconds: all of it.
    """

    moments: Sequence[AnswerTime]
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
        return len(self.moments) + len(self.failures)

    @property
    def small(self) -> list[AnswerTime]:
        """The small reads: those whose latency is looked at."""
        return [moment for moment in self.moments if moment.kind in KINDS]

    @property
    def flips(self) -> list[Window]:
        """From shortly before each switch to the end of its drain."""
        return [swap.flip for swap in self.swaps if swap.flip]

    @property
    def straddled(self) -> int:
        """Uploads in chunks that began before a switch and ended after it."""
        switches = [swap.steps["switch"] for swap in self.swaps if "switch" in swap.steps]
        return sum(
            any(upload.began < switch.began and switch.ended < upload.ended for switch in switches)
            for upload in self.uploads
        )


@dataclass(frozen=True)
class Bar:
    """One figure and its limit.

    Attributes:
        name: what.
        figure: measured.
        limit: which it must keep.
        least: whether the limit is the least; else it is the most.
        note: beside it.
    """

    name: str
    figure: float
    limit: float
    least: bool = False
    note: str = ""

    @property
    def kept(self) -> bool:
        """Whether it is; a figure that is not known keeps none."""
        return self.figure >= self.limit if self.least else self.figure <= self.limit


def bars(run: Run, swaps: int, requests: int) -> list[Bar]:
    """Return all of a run.

    Args:
        run: it.
        swaps: at least.
        requests: at least.
    """
    faults = {
        fault: float(sum(one.fault == fault for one in run.failures))
        for fault in ("failed", "truncated", "wrong digest")
    }
    found = [
        Bar("swaps that went live", sum(swap.live for swap in run.swaps), swaps, least=True),
        Bar("swaps that did not", sum(not swap.live for swap in run.swaps), 0),
        Bar("requests", run.requests, requests, least=True),
        *(Bar(fault, number, 0) for fault, number in faults.items()),
        Bar("wrong answers as the door counts them", run.door[1], 0, note=f"of {run.door[0]} requests"),
        Bar("uploads in chunks across a switch", run.straddled, len(run.flips) / 2, least=True),
        *_latencies(run),
    ]
    if run.pull:
        note = f"{run.pull.size / 1e6:.0f} MB in {run.pull.seconds:.0f} s"
        found += [
            Bar("slow pull, whole", float(run.pull.whole), 1, least=True, note=note),
            Bar("swaps during it", run.pull.swaps, 2, least=True),
        ]
    return found


def _latencies(run: Run) -> Iterator[Bar]:
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
        yield Bar(f"p99 {name}, more ms", p99 - calm, MORE_MS, note=note)


def show(run: Run, held: Sequence[Bar], console: Console) -> None:
    """Print everything."""
    limits = Table("figure", "measured", "limit", "", "", title="bars")
    for bar in held:
        sign = ">=" if bar.least else "<="
        figure = f"{bar.figure:.1f}" if bar.figure % 1 else f"{bar.figure:.0f}"
        limits.add_row(
            bar.name, figure, f"{sign} {bar.limit:.0f}", "held" if bar.kept else "MISSED", bar.note
        )
    console.print(limits, _kinds(run), _steps(run), _slower(run))
    for failure in run.failures[:30]:
        console.print(f"{failure.at:.3f} {failure.kind}: {failure.fault}: {failure.text}", markup=False)
    for swap in run.swaps:
        if not swap.live:
            console.print(f"a swap ended with {swap.code}:", *swap.lines, sep="\n", markup=False)


def _kinds(run: Run) -> Table:
    moments, failures = defaultdict[str, list[float]](list), defaultdict[str, int](int)
    for moment in run.moments:
        moments[moment.kind].append(moment.seconds)
    for failure in run.failures:
        failures[failure.kind] += 1
    rate = run.requests / run.seconds if run.seconds else math.nan
    title = f"{run.requests} requests in {run.seconds:.0f} s, {rate:.1f} a second"
    table = Table("kind", "answered", "p50, ms", "p99, ms", "most, ms", "failed", title=title)
    for kind in sorted({*moments, *failures}):
        took = moments[kind]
        table.add_row(kind, str(len(took)), *_milliseconds(took, 0.5, 0.99, 1.0), str(failures[kind]))
    return table


def _steps(run: Run) -> Table:
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


def _slower(run: Run) -> Table:
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
        own = [moment for moment in run.moments if moment.kind == kind]
        table.add_row(kind, *_latency(own, run.quiet), *_latency(own, run.flips))
    return table


def _latency(moments: Sequence[AnswerTime], windows: Sequence[Window]) -> tuple[str, ...]:
    took = sent_within(moments, windows)
    return str(len(took)), *_milliseconds(took, 0.5, 0.99)


def _milliseconds(took: Sequence[float], *shares: float) -> list[str]:
    return [f"{1000 * percentile(took, share):.1f}" for share in shares]
