"""The operator is killed at every boundary of a swap, and at random moments: `python -m bench.killed_swaps`.

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

from bench.live_stack import registry_up
from operate.swap.facts import OUTPUT
from tests.cloud.door_load import Load
from tests.e2e.conftest import Registry
from tests.e2e.operated import Operated, Seen, operated_by_copy
from tests.e2e.quick_swap import QUICK

RELEASES = {"red": "1", "black": "2"}
_NOTHING_TO_UNDO = "there is no swap to undo"


@dataclass(frozen=True)
class Kill:
    """One kill and what came after it.

    Attributes:
        where: the boundary or moment.
        how: who was killed.
        then: the command that followed.
        seconds: that took.
        live: afterwards.
        wrong: what was not as it has to be; "" is nothing.
    """

    where: str
    how: str
    then: str
    seconds: float
    live: str
    wrong: str = ""


@dataclass(frozen=True)
class Moment:
    """Where a kill is to be.

    Attributes:
        boundary: its number, or 0.
        after: seconds, where it is none; from the beginning, or from what was told.
        told: by the operator.
        group: whether the whole process group goes.
        undo: whether a rollback follows, else the same swap.
        memory: in MiB, that the release gets, so that there is something to build; 0 leaves it as it is.
    """

    boundary: int = 0
    after: float = 0.0
    told: str = ""
    group: bool = False
    undo: bool = False
    memory: int = 0


class Killing:
    """Kills operators of one stack, and looks what comes of it.

    Args:
        operated: the stack; both colours are there.
        agree: whether Pulumi is asked each time whether it agrees.
    """

    def __init__(self, operated: Operated, *, agree: bool = True) -> None:
        self._operated, self._agree = operated, agree

    def kill(self, moment: Moment) -> Kill:
        """Kill one operator, and bring everything together again by one command."""
        operated = self._operated
        before = operated.seen()
        target = other(before.colour)
        settings = ("--set", f"memory={moment.memory}") if moment.memory else ()
        swap = ("--to", RELEASES[target], *settings, *QUICK)
        where, how = self._killed(moment, swap)
        began = time.monotonic()
        command = ("rollback",) if moment.undo else ("swap", *swap)
        done = operated.run(*command, "--json")
        seconds = round(time.monotonic() - began, 1)
        found = operated.seen()
        wrong = "; ".join(self._wrong(before, found, expected(done, found), done))
        return Kill(where, how, command[0], seconds, "+".join(sorted(frozenset().union(*found.live))), wrong)

    def _killed(self, moment: Moment, swap: tuple[str, ...]) -> tuple[str, str]:
        if moment.boundary:
            done = self._operated.run("swap", *swap, extra=("--at", str(moment.boundary)))
            lines = done.stderr.strip().splitlines()
            if done.returncode == -signal.SIGKILL:
                return f"{moment.boundary}: {lines[-1].removeprefix('killed ')}", "itself"
            return f"{moment.boundary}: {' | '.join(lines[-3:])}", "ended before"
        process = self._operated.start("swap", *swap)
        said = await_told(process, moment.told) if moment.told else ""
        try:
            process.wait(moment.after)
            how = "ended before"
        except subprocess.TimeoutExpired:
            if moment.group:
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()
            how = "group" if moment.group else "process"
        said += process.communicate()[1] if moment.group else drained(process)
        lines = said.strip().splitlines() or ["nothing said"]
        return f"{moment.after:.1f} s, after: {' '.join(lines[-1].split())[:60]}", how

    def _wrong(
        self, before: Seen, found: Seen, wanted: str, done: "subprocess.CompletedProcess[str]"
    ) -> Iterator[str]:
        if done.returncode not in (0, 1) or (done.returncode and _NOTHING_TO_UNDO not in done.stderr):
            yield f"exit code {done.returncode}: {done.stderr.strip()[-300:]}"
        if found.live != (frozenset({wanted}),) * len(found.live):
            yield f"live is {found.live}, not {wanted}"
        if found.lock is not None or found.swap is not None:
            yield f"left: lock {found.lock}, swap {found.swap}"
        if any(now < then for now, then in zip(found.fences, before.fences, strict=True)):
            yield f"fences {found.fences} after {before.fences}"
        if self._agree:
            agreed = self._operated.pulumi("preview", "--expect-no-changes", "--diff")
            if agreed.returncode and not only_told_again(agreed.stdout):
                yield f"pulumi does not agree: {agreed.stdout[-400:]}"


def only_told_again(preview: str) -> bool:
    """Whether doors are told with which colour a new one begins, and nothing else: that follows a swap."""
    kinds = re.findall(r"^ +\S (\d+) to (\w+)", preview.partition("Resources:")[2], re.MULTILINE)
    told = preview.count("DoorColours$command:remote:Command::")
    return kinds == [(str(told), "update")]


def expected(done: "subprocess.CompletedProcess[str]", found: Seen) -> str:
    """The colour that is to be live by what the command said."""
    if done.returncode:
        return found.colour
    told = json.loads(done.stdout)
    if "state" not in told:
        return found.colour
    return str(told["source"] if told["state"]["direction"] == "back" else told["target"])


def await_told(process: "subprocess.Popen[str]", wanted: str) -> str:
    """Read what an operator tells until it has told that, or its end."""
    assert process.stderr is not None
    said = ""
    while wanted not in said and (line := process.stderr.readline()):
        said += line
    return said


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


def other(colour: str) -> str:
    """The other one."""
    return "black" if colour == "red" else "red"


def prepared(registry: Registry) -> Operated:
    """Bring both colours there, releases 1 and 2; returns the operator."""
    operated = operated_by_copy(registry)
    if operated.seen().swap:
        operated.run("rollback")
    done = operated.run("swap", "--to", "2", "--set", "memory=640", *QUICK)
    if done.returncode:
        raise RuntimeError(f"no second colour: {done.stderr}")
    return operated


def middle_world(operated: Operated) -> Operated:
    """The same stack with a file in place of Pulumi."""
    file = operated.folder / "stack.json"
    output = operated.registry.outputs()[OUTPUT]
    file.write_text(json.dumps({"output": output, "live": operated.seen().colour}))
    return replace(operated, without_pulumi=file)


def boundaries(operated: Operated) -> tuple[int, float]:
    """Go through one swap; returns how many boundaries it has, and seconds."""
    began = time.monotonic()
    target = other(operated.seen().colour)
    done = operated.run("swap", "--to", RELEASES[target], *QUICK, extra=("--at", "0"))
    if done.returncode:
        raise RuntimeError(f"a swap that nobody kills fails: {done.stderr}")
    said = next(line for line in done.stderr.splitlines() if line.startswith("boundaries: "))
    return int(said.split()[1]), time.monotonic() - began


def moments(chosen: list[int], count: int, seconds: float, seed: int) -> list[Moment]:
    """The boundaries, and so many random moments of a swap that takes so many seconds."""
    chance = random.Random(seed)  # noqa: S311 - a bench's own
    at = [Moment(boundary=number, undo=bool(index % 2)) for index, number in enumerate(chosen)]
    some = [
        Moment(
            after=chance.uniform(0.3, seconds),
            group=bool(index % 2),
            undo=bool(index // 2 % 2),
            memory=600 + index if index % 4 < 2 else 0,
        )
        for index in range(count)
    ]
    return at + some


def share(boundaries: int, scale: float, seed: int) -> list[int]:
    """Return the numbers of that share of the boundaries, all where it is 1 or more."""
    count = max(1, min(boundaries, round(boundaries * scale)))
    return sorted(random.Random(seed).sample(range(1, boundaries + 1), count))  # noqa: S311 - a bench's own


def report(kills: list[Kill], load: Load) -> bool:
    """Print what was seen; tell whether all is as it has to be."""
    table = Table("killed", "who", "then", "s", "live", "wrong")
    for kill in kills:
        table.add_row(kill.where, kill.how, kill.then, f"{kill.seconds:.1f}", kill.live, kill.wrong)
    console = Console(width=150)
    console.print(table)
    wrong = [kill for kill in kills if kill.wrong]
    late = sum(kill.how == "ended before" for kill in kills)
    made = f"{len(kills) - late} kills ({late} came too late), {len(wrong)} did not converge"
    console.print(f"{made}; {load.done} requests, {len(load.failures)} failed {load.failures[:3]}")
    return not wrong and not load.failures


def main() -> None:
    """Read the command line; exit code 1 where something did not converge or a client was refused."""
    parser = argparse.ArgumentParser(prog="bench.killed_swaps", description=__doc__)
    parser.add_argument("--state", type=Path, help="of a local environment that is up; it gets two colours")
    parser.add_argument(
        "--boundaries", type=int, nargs="*", help="only these; none: none. All where left out"
    )
    parser.add_argument("--random", type=int, default=100, help="kills at random moments")
    parser.add_argument("--scale", type=float, default=1.0, help="share of boundaries and random kills")
    parser.add_argument("--without-pulumi", action="store_true", help="in the middle world")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with registry_up(given.state) as registry:
        operated = prepared(registry)
        if given.without_pulumi:
            operated = middle_world(operated)
        killing = Killing(operated, agree=not given.without_pulumi)
        # Without a password: each one costs the registry a bcrypt.
        with Load(operated.client(), "/", workers=2, pause=0.05) as load:
            number, seconds = boundaries(operated)
            print(f"a swap has {number} boundaries and takes {seconds:.0f} s", file=sys.stderr, flush=True)
            chosen = share(number, given.scale, given.seed) if given.boundaries is None else given.boundaries
            kills, count = [], max(1, round(given.random * given.scale))
            for moment in moments(chosen, count, seconds, given.seed):
                kills.append(killing.kill(moment))
                print(kills[-1], len(load.failures), file=sys.stderr, flush=True)
        raise SystemExit(int(not report(kills, load)))


if __name__ == "__main__":
    main()
