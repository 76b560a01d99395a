"""Swaps under a mixed load: `python -m bench.swap.swaps`.

Real swaps by `operate`, one after the other, on a stack on the local cloud, while clients read and push in
three ways, and python-dxf and Docker push and pull. Every fourth swap builds a release other than the one its
colour had; the others go between the two that are there, and so do all while the slow pull goes on, for which
a build would wait. The operator's processes have a lower priority than the stack's: a real one has another
machine.

Exit code 1 where a threshold is missed: docs/design/swaps.md names them.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

from rich.console import Console

from bench.command import run_command
from bench.proxy.door_counters import DoorCounters
from bench.registry.throughput import Stack, stack_up
from bench.registry.transfer import made_layer, push
from bench.swap.swap_report import Pull, SwapRun, evaluate, show
from dev.local.environment import CHECKOUT
from harness.load.docker_client import DOCKER_SECONDS
from harness.load.latency import Window
from harness.load.mixed import MixedLoad
from harness.load.paced_pull import PacedPull
from harness.load.tally import Tally
from harness.stack.swap_operator import SwapOperator
from harness.stack.timed_swap import TimedSwap, timed_swap

RELEASES: Mapping[str, tuple[str, ...]] = {
    "1": (),
    "2": ("--set", "memory=640"),
    "3": ("--set", "memory=656"),
    "4": ("--set", "memory=672"),
}
"""In this order: what is built is the next one that neither colour has."""
_DOOR, _DOCKER = "dal05-a", "dal05-b"
_REPOSITORY = "load/slow"
_QUICK = ("--idle", "5", "--bake", "0.05", "--reads", "10")
_UNDER_A_PULL = ("--drain-limit", "0.1")
_COLD_EVERY = 4
"""Every so many swaps (choice)."""
_IN_A_ROW = 3
"""Swaps that fail one after the other, after which no further one would tell more (choice)."""
_LOW_PRIORITY = ("setsid", "--wait", str(CHECKOUT / "harness" / "load" / "low-priority.sh"))
_WARM_UP = 10.0
_PATIENCE = 120.0
"""Seconds for which a client waits (choice): a late answer is a figure of its own, no failure."""


def following(live: str, warm: str, *, cold: bool) -> str:
    """Return the release of the next swap.

    Args:
        live: The release that is live.
        warm: Release of the other colour; "" where there is none.
        cold: Whether the other colour gets another release than it has, which waits for its old transfers.
    """
    if warm and not cold:
        return warm
    names = list(RELEASES)
    after = names[names.index(live) + 1 :] + names
    return next(name for name in after if name not in (live, warm))


@dataclass(frozen=True)
class Goals:
    """How much a run must reach.

    Attributes:
        swaps: Least number of swaps.
        requests: Least number of requests.
        limit: Seconds after which nothing further begins.
        pause: Seconds without a swap before each.
        pull: Bytes of the slow pull; 0 is none.
    """

    swaps: int
    requests: int
    limit: float
    pause: float
    pull: int


@dataclass
class Swaps:
    """One run.

    Attributes:
        stack: Stack under test.
        operator: Operator who swaps.
        goals: Figures that the run must reach.
    """

    stack: Stack
    operator: SwapOperator
    goals: Goals
    _swaps: list[TimedSwap] = field(default_factory=list)
    _quiet: list[Window] = field(default_factory=list)
    _started: float = field(default_factory=time.monotonic)

    def run(self, load: MixedLoad, door: DoorCounters) -> SwapRun:
        """Run the load and the swaps, and return what was measured."""
        pull = self._pull(load.tally) if self.goals.pull else None
        door.update()
        with load:
            time.sleep(_WARM_UP)
            if pull:
                pull.begin()
            self._swap_on(load.tally, door, pull)
            if pull:
                pull.end()
        door.update()
        tally = load.tally
        return SwapRun(
            answers=tally.answer_times,
            failures=tally.failures,
            uploads=tally.uploads,
            swaps=self._swaps,
            quiet=self._quiet,
            pull=self._summarize_pull(pull) if pull else None,
            door=(door.requests, door.wrong),
            seconds=time.monotonic() - self._started,
        )

    def _swap_on(self, tally: Tally, door: DoorCounters, pull: PacedPull | None) -> None:
        live, warm = self._releases()
        while self._more(tally):
            started = time.monotonic()
            time.sleep(self.goals.pause)
            self._quiet.append(Window(started, time.monotonic()))
            pulled = pull is not None and pull.going
            cold = not pulled and len(self._swaps) % _COLD_EVERY == 0
            release = following(live, warm, cold=cold)
            done = self._swap(release, warm=release == warm, pulled=pulled)
            if done.live:
                live, warm = release, live
            door.update()
            self._report_progress(live, tally)

    def _more(self, tally: Tally) -> bool:
        if time.monotonic() - self._started > self.goals.limit:
            return False
        if len(self._swaps) >= _IN_A_ROW and not any(swap.live for swap in self._swaps[-_IN_A_ROW:]):
            return False
        return len(self._swaps) < self.goals.swaps or tally.requests < self.goals.requests

    def _swap(self, release: str, *, warm: bool, pulled: bool) -> TimedSwap:
        words = [*_QUICK, *(() if warm else RELEASES[release]), *(_UNDER_A_PULL if pulled else ())]
        done = timed_swap(self.operator.follow("swap", "--to", release, *words))
        self._swaps.append(done)
        return done

    def _releases(self) -> tuple[str, str]:
        """The live colour's release, and the other's, "" where there is none."""
        colours = cast(Mapping[str, str], self.stack.registry.outputs()["colours"])
        live = self.operator.live()
        return colours[live], colours.get("black" if live == "red" else "red", "")

    def _pull(self, tally: Tally) -> PacedPull:
        client, layer = self.stack.deployed, made_layer(self.goals.pull)
        push(client, _REPOSITORY, layer)
        return PacedPull(client, _REPOSITORY, layer.digest, tally)

    def _summarize_pull(self, pull: PacedPull) -> Pull:
        ended = pull.started + pull.seconds
        during = [
            swap for swap in self._swaps if pull.started < swap.whole.started and swap.whole.ended < ended
        ]
        return Pull(pull.size, pull.seconds, pull.whole, len(during))

    def _report_progress(self, live: str, tally: Tally) -> None:
        last = self._swaps[-1] if self._swaps else None
        steps = ", ".join(f"{name} {step.seconds:.1f}" for name, step in last.steps.items()) if last else ""
        print(
            f"{time.monotonic() - self._started:7.0f} s  {len(self._swaps)} swaps, live {live},"
            f" {tally.requests} requests, {len(tally.failures)} failed; the last swap"
            f" {last.whole.seconds if last else 0:.1f} s: {steps}",
            file=sys.stderr,
            flush=True,
        )
        for failure in tally.failures[-3:]:
            print(f"           {failure.kind}: {failure.fault}: {failure.text}", file=sys.stderr, flush=True)


def _read_arguments() -> tuple[Path | None, Goals]:
    parser = argparse.ArgumentParser(prog="bench.swap.swaps", description=__doc__)
    parser.add_argument("--state", type=Path, help="of a local environment that is up; it stays, swapped")
    parser.add_argument("--swaps", type=int, default=100)
    parser.add_argument("--requests", type=int, default=200_000, help="at least")
    parser.add_argument("--limit", type=float, default=130, help="minutes after which nothing further begins")
    parser.add_argument("--pause", type=float, default=11, help="seconds without a swap before each")
    parser.add_argument("--slow-pull", type=int, default=500, help="megabytes pulled at 1 MB/s; 0 is none")
    parser.add_argument("--scale", type=float, default=1.0, help="share of swaps and requests")
    options = parser.parse_args()
    swaps, requests = max(1, round(options.swaps * options.scale)), round(options.requests * options.scale)
    pull = options.slow_pull * 1_000_000
    return options.state, Goals(swaps, requests, options.limit * 60, options.pause, pull)


def main() -> None:
    """Read the command line, run, print; exit code 1 where a threshold is missed."""
    state, goals = _read_arguments()
    with stack_up(state) as stack, tempfile.TemporaryDirectory(prefix="swaps-") as name:
        registry, folder = stack.registry, Path(name)
        authority = folder / "authority.pem"
        authority.write_text(str(registry.outputs()["certificateAuthority"]))
        stack_file = registry.environment.state / "swapped.yaml"
        if not stack_file.exists():
            shutil.copy(registry.environment.stack_file, stack_file)
        address = registry.address(_DOCKER)

        def on_docker(command: str, stdin: str) -> "subprocess.CompletedProcess[str]":
            return registry.ssh_to(address, command, stdin_payload=stdin, seconds=DOCKER_SECONDS)

        run = Swaps(stack, SwapOperator(registry, stack_file, _LOW_PRIORITY), goals).run(
            MixedLoad(replace(stack.deployed, patience=_PATIENCE), authority, on_docker),
            DoorCounters(registry, _DOOR),
        )
        thresholds = evaluate(run, goals.swaps, goals.requests)
        show(run, thresholds, Console(width=140))
        raise SystemExit(int(not all(threshold.is_kept for threshold in thresholds)))


if __name__ == "__main__":
    run_command(main)
