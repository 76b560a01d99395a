"""The operator is killed at boundaries and random moments of a swap: `python -m bench.swap.killed_swaps`.

After each kill one more command, the same swap or `operate rollback` in turn, has to bring everything
together again: one colour live at all doors, the lock free, nothing under way, the fence as high as ever, and
Pulumi without a change to make. Clients ask all the while; none may be refused.

Kills at boundaries are the operator's own SIGKILL; at random moments its parent's, alternately to the process
alone, whose `pulumi` lives on, and to its whole group. With --without-pulumi they are made in a middle world:
real doors, registries, Swift, lock and record; in place of `pulumi up` the idle container is restarted.
"""

import argparse
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.command import run_command
from bench.stack.live_stack import registry_up
from harness.clients.registry_client import BackgroundLoad
from harness.stack.live_stack import LiveRegistry
from harness.stack.operated import Operated, StackState, operated_by_copy
from harness.stack.quick_swap import QUICK
from operate.error import EXIT_REFUSED
from operate.stack.facts_output import OUTPUT

RELEASES = {"red": "1", "black": "2"}
_NOTHING_TO_UNDO = "there is no swap to undo"


@dataclass(frozen=True)
class Kill:
    """One kill and what came after it.

    Attributes:
        where: Boundary or moment of the kill.
        how: Process that was killed.
        then: The command that followed.
        seconds: Seconds that the command took.
        live: Live colour afterwards.
        wrong: What was not as it has to be; "" is nothing.
    """

    where: str
    how: str
    then: str
    seconds: float
    live: str
    wrong: str = ""


@dataclass(frozen=True)
class KillPoint:
    """Where a kill is to be.

    Attributes:
        boundary: Number of the boundary, or 0.
        after: Seconds until the kill where no boundary is given, counted from the beginning or from
            `after_output`.
        after_output: Output of the operator after which it is killed.
        group: Whether the whole process group goes.
        roll_back: Whether a rollback follows, else the same swap.
        memory: Memory in MiB that the release gets, so that there is something to build; 0 leaves it as it
            is.
    """

    boundary: int = 0
    after: float = 0.0
    after_output: str = ""
    group: bool = False
    roll_back: bool = False
    memory: int = 0


class Killing:
    """Kills operators of one stack and checks what remains.

    Args:
        operated: The stack; both colours are there.
        agree: Whether each time a preview of Pulumi must show no changes.
    """

    def __init__(self, operated: Operated, *, agree: bool = True) -> None:
        self._operated, self._agree = operated, agree

    def kill(self, point: KillPoint) -> Kill:
        """Kill one operator, and bring everything together again by one command."""
        operated = self._operated
        before = operated.state()
        target = other_colour(before.colour)
        settings = ("--set", f"memory={point.memory}") if point.memory else ()
        swap = ("--to", RELEASES[target], *settings, *QUICK)
        where, how = self._killed(point, swap)
        started = time.monotonic()
        command = ("rollback",) if point.roll_back else ("swap", *swap)
        done = operated.run(*command, "--json")
        seconds = round(time.monotonic() - started, 1)
        after = operated.state()
        wrong = "; ".join(self._wrong(before, after, expected(done, after), done))
        return Kill(where, how, command[0], seconds, "+".join(sorted(frozenset().union(*after.live))), wrong)

    def _killed(self, point: KillPoint, swap: tuple[str, ...]) -> tuple[str, str]:
        if point.boundary:
            done = self._operated.run("swap", *swap, extra=("--at", str(point.boundary)))
            lines = done.stderr.strip().splitlines()
            if done.returncode == -signal.SIGKILL:
                return f"{point.boundary}: {lines[-1].removeprefix('killed ')}", "itself"
            return f"{point.boundary}: {' | '.join(lines[-3:])}", "ended before"
        process = self._operated.start("swap", *swap)
        output = read_until(process, point.after_output) if point.after_output else ""
        try:
            process.wait(point.after)
            how = "ended before"
        except subprocess.TimeoutExpired:
            if point.group:
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()
            how = "group" if point.group else "process"
        output += process.communicate()[1] if point.group else drained(process)
        lines = output.strip().splitlines() or ["nothing said"]
        return f"{point.after:.1f} s, after: {' '.join(lines[-1].split())[:60]}", how

    def _wrong(
        self,
        before: StackState,
        after: StackState,
        live_colour: str,
        done: "subprocess.CompletedProcess[str]",
    ) -> Iterator[str]:
        has_nothing_to_undo = done.returncode == EXIT_REFUSED and _NOTHING_TO_UNDO in done.stderr
        if done.returncode and not has_nothing_to_undo:
            yield f"exit code {done.returncode}: {done.stderr.strip()[-300:]}"
        if after.live != (frozenset({live_colour}),) * len(after.live):
            yield f"live is {after.live}, not {live_colour}"
        if after.lock is not None or after.swap is not None:
            yield f"left: lock {after.lock}, swap {after.swap}"
        if any(now < then for now, then in zip(after.fences, before.fences, strict=True)):
            yield f"fences {after.fences} after {before.fences}"
        if self._agree:
            agreed = self._operated.pulumi("preview", "--expect-no-changes", "--diff")
            if agreed.returncode and not updates_only_door_colours(agreed.stdout):
                yield f"pulumi does not agree: {agreed.stdout[-400:]}"


def updates_only_door_colours(preview: str) -> bool:
    """Whether a preview only updates the colour with which a new front door begins, as after a swap."""
    kinds = re.findall(r"^ +\S (\d+) to (\w+)", preview.partition("Resources:")[2], re.MULTILINE)
    count = preview.count("DoorColours$command:remote:Command::")
    return kinds == [(str(count), "update")]


def expected(done: "subprocess.CompletedProcess[str]", state: StackState) -> str:
    """The colour that is to be live by what the command said."""
    if done.returncode:
        return state.colour
    report = json.loads(done.stdout)
    if "state" not in report:
        return state.colour
    return str(report["source"] if report["state"]["direction"] == "back" else report["target"])


def read_until(process: "subprocess.Popen[str]", text: str) -> str:
    """Read the output of an operator up to a text, or to its end."""
    assert process.stderr is not None
    output = ""
    while text not in output and (line := process.stderr.readline()):
        output += line
    return output


def drained(process: "subprocess.Popen[str]") -> str:
    """What a killed process had said; its children may hold the pipe, so that its end is not waited for."""
    assert process.stderr is not None
    os.set_blocking(process.stderr.fileno(), False)
    try:
        return os.read(process.stderr.fileno(), 1 << 16).decode()
    except BlockingIOError:
        return ""
    finally:
        process.stderr.close()
        assert process.stdout is not None
        process.stdout.close()


def other_colour(colour: str) -> str:
    """Return the colour that is not this one."""
    return "black" if colour == "red" else "red"


def prepared(registry: LiveRegistry) -> Operated:
    """Deploy both colours, releases 1 and 2, and return the operator."""
    operated = operated_by_copy(registry)
    if operated.state().swap:
        operated.run("rollback")
    done = operated.run("swap", "--to", "2", "--set", "memory=640", *QUICK)
    if done.returncode:
        raise RuntimeError(f"no second colour: {done.stderr}")
    return operated


def with_fake_stack(operated: Operated) -> Operated:
    """Return the same stack with a file in place of Pulumi."""
    file = operated.folder / "stack.json"
    output = operated.registry.outputs()[OUTPUT]
    file.write_text(json.dumps({"output": output, "live": operated.state().colour}))
    return replace(operated, without_pulumi=file)


def boundaries(operated: Operated) -> tuple[int, float]:
    """Go through one swap; returns how many boundaries it has, and seconds."""
    started = time.monotonic()
    target = other_colour(operated.state().colour)
    done = operated.run("swap", "--to", RELEASES[target], *QUICK, extra=("--at", "0"))
    if done.returncode:
        raise RuntimeError(f"a swap that nobody kills fails: {done.stderr}")
    line = next(line for line in done.stderr.splitlines() if line.startswith("boundaries: "))
    return int(line.split()[1]), time.monotonic() - started


def kill_points(chosen: list[int], count: int, seconds: float, seed: int) -> list[KillPoint]:
    """The boundaries, and so many random moments of a swap that takes so many seconds."""
    chance = random.Random(seed)  # noqa: S311 - a bench's own
    at = [KillPoint(boundary=number, roll_back=bool(index % 2)) for index, number in enumerate(chosen)]
    some = [
        KillPoint(
            after=chance.uniform(0.3, seconds),
            group=bool(index % 2),
            roll_back=bool(index // 2 % 2),
            memory=600 + index if index % 4 < 2 else 0,
        )
        for index in range(count)
    ]
    return at + some


def share(boundaries: int, scale: float, seed: int) -> list[int]:
    """Return the numbers of that share of the boundaries, all where it is 1 or more."""
    count = max(1, min(boundaries, round(boundaries * scale)))
    return sorted(random.Random(seed).sample(range(1, boundaries + 1), count))  # noqa: S311 - a bench's own


def report(kills: list[Kill], load: BackgroundLoad) -> bool:
    """Print the figures, and return whether all is as it has to be."""
    table = Table("killed", "who", "then", "s", "live", "wrong")
    for kill in kills:
        table.add_row(kill.where, kill.how, kill.then, f"{kill.seconds:.1f}", kill.live, kill.wrong)
    console = Console(width=150)
    console.print(table)
    wrong = [kill for kill in kills if kill.wrong]
    late = sum(kill.how == "ended before" for kill in kills)
    summary = f"{len(kills) - late} kills ({late} came too late), {len(wrong)} did not converge"
    console.print(f"{summary}; {load.done} requests, {len(load.failures)} failed {load.failures[:3]}")
    return not wrong and not load.failures


def main() -> None:
    """Read the command line; exit code 1 where something did not converge or a client was refused."""
    parser = argparse.ArgumentParser(prog="bench.swap.killed_swaps", description=__doc__)
    parser.add_argument("--state", type=Path, help="of a local environment that is up; it gets two colours")
    parser.add_argument(
        "--boundaries", type=int, nargs="*", help="only these; none: none. All where left out"
    )
    parser.add_argument("--random", type=int, default=100, help="kills at random moments")
    parser.add_argument("--scale", type=float, default=1.0, help="share of boundaries and random kills")
    parser.add_argument("--without-pulumi", action="store_true", help="with a file in place of Pulumi")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with registry_up(options.state) as registry:
        operated = prepared(registry)
        if options.without_pulumi:
            operated = with_fake_stack(operated)
        killing = Killing(operated, agree=not options.without_pulumi)
        # Without a password: each one costs the registry a bcrypt.
        with BackgroundLoad(operated.client(), "/", workers=2, pause=0.05) as load:
            number, seconds = boundaries(operated)
            print(f"a swap has {number} boundaries and takes {seconds:.0f} s", file=sys.stderr, flush=True)
            chosen = (
                share(number, options.scale, options.seed)
                if options.boundaries is None
                else options.boundaries
            )
            kills, count = [], max(1, round(options.random * options.scale))
            for point in kill_points(chosen, count, seconds, options.seed):
                kills.append(killing.kill(point))
                print(kills[-1], len(load.failures), file=sys.stderr, flush=True)
        raise SystemExit(int(not report(kills, load)))


if __name__ == "__main__":
    run_command(main)
