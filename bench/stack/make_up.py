"""Where the time of a warm `make up` goes: `python -m bench.stack.make_up [runs]`.

Prints the steps of the command, when each resource stood, and the processor seconds of each program; fails
where a run misses the limits below. Engine and images must be in the cache: a first run puts them there.
"""

import json
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from bench.command import run_command
from dev.local.environment import CHECKOUT, STACK, Environment

LIMIT_SECONDS = 120
"""Of the whole command, on two cores."""
OWN_LIMIT_SECONDS = 10
"""Of the program's own code: processor seconds of the program and the softlayer plugin."""
OWN = ("the program", "softlayer plugin")

_PROGRAMS = (
    ("the program", ("pulumi-language-python-exec",)),
    ("softlayer plugin", ("-m provider",)),
    ("docker plugin", ("pulumi-resource-docker",)),
    ("command plugin", ("pulumi-resource-command",)),
    ("pulumi, language host", ("pulumi-language-python", "pulumi-resource-pulumi", "/pulumi ", "pulumi ")),
    ("local cloud: API, Swift", ("-m cloud", "swift-", "memcached")),
    ("local cloud: machines", ("dockerd", "containerd", "runc", "sshd", "systemd")),
    ("make up itself", ("-m dev.local", "-m dev.engine", "-m dev.images")),
)
_ELSE = "commands on servers, and others"
_STEP = re.compile(r"^ *[\d.]+ s  (?P<step>\S.*: [\d.]+ s)$", re.MULTILINE)
"""A line of `dev.local.progress`."""


def program_of(command_line: Sequence[str]) -> str:
    """Name the program that a command line belongs to."""
    text = " ".join(command_line) + " "
    return next((name for name, marks in _PROGRAMS if any(mark in text for mark in marks)), _ELSE)


@dataclass
class Meter:
    """Processor seconds of every process that began after the meter, by program.

    A process that lives shorter than a sample is counted with its parent's reaped children, as the kernel
    does; one that is orphaned first is missed.
    """

    _own: dict[int, tuple[str, float]] = field(default_factory=dict)
    _before: frozenset[int] = frozenset()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Measure while the context lasts."""
        self._before = frozenset(psutil.pids())
        ended = threading.Event()

        def sample() -> None:
            while not ended.wait(0.1):
                self._sample()

        thread = threading.Thread(target=sample)
        thread.start()
        try:
            yield
        finally:
            self._sample()
            ended.set()
            thread.join()

    def _sample(self) -> None:
        for process in psutil.process_iter(["cmdline", "cpu_times"]):
            times, words = process.info["cpu_times"], process.info["cmdline"]
            if process.pid not in self._before and times and words:
                self._own[process.pid] = (program_of(words), times.user + times.system)

    def seconds(self) -> dict[str, float]:
        """Processor seconds by program, most first."""
        totals: dict[str, float] = {}
        for name, spent in self._own.values():
            totals[name] = totals.get(name, 0.0) + spent
        return dict(sorted(totals.items(), key=lambda item: -item[1]))


@dataclass(frozen=True)
class MakeUpRun:
    """One `make up`.

    Attributes:
        seconds: Seconds from start to end.
        steps: What the command itself reported, "NAME: N s".
        resources: Seconds after the start at which each resource stood, by name.
        processor: Processor time in seconds, by program.
    """

    seconds: float
    steps: tuple[str, ...]
    resources: dict[str, float]
    processor: dict[str, float]

    @property
    def own(self) -> float:
        """Processor seconds of the program's own code."""
        return sum(self.processor.get(name, 0.0) for name in OWN)


def _local(verb: str, state: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "dev.local", verb, "--state", str(state), "--port", "0"],
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise SystemExit(f"{done.stdout}\nbench: `local {verb}` failed")
    return done.stdout


def parse_steps(output: str) -> tuple[str, ...]:
    """Return the steps with their seconds that a command of `dev.local` has reported.

    Args:
        output: Output of the command, in which each line begins with the seconds since its start.

    Raises:
        SystemExit: It has none, so that nothing was measured.
    """
    steps = tuple(match["step"] for match in _STEP.finditer(output))
    if not steps:
        raise SystemExit(f"{output}\nbench: the output must have a line for each step of dev.local")
    return steps


def _stood(environment: Environment, started: float) -> dict[str, float]:
    file = environment.backend / ".pulumi" / "stacks" / "softlayer-registry" / f"{STACK}.json"
    resources = json.loads(file.read_text())["checkpoint"]["latest"]["resources"]
    created = {
        f"{resource['type'].split(':')[-1]} {resource['urn'].split('::')[-1]}": datetime.fromisoformat(
            resource["created"]
        )
        for resource in resources
        if resource.get("custom") and "created" in resource and not resource["type"].startswith("pulumi:")
    }
    return dict(
        sorted(((name, at.timestamp() - started) for name, at in created.items()), key=lambda item: item[1])
    )


def measure(state: Path) -> MakeUpRun:
    """Bring a registry up in an empty folder, measure, and take it down."""
    meter, environment = Meter(), Environment(state, cloud_port=0)
    try:
        started = time.time()
        with meter.running():
            printed = _local("up", state)
        seconds = time.time() - started
        return MakeUpRun(seconds, parse_steps(printed), _stood(environment, started), meter.seconds())
    finally:
        _local("down", state)


def show(run: MakeUpRun) -> None:
    """Print one run."""
    console = Console(width=110)
    for step in run.steps:
        console.print(step, highlight=False)
    stood = Table("resource", "stood after, s", "since the one before, s", title="resources")
    before = 0.0
    for name, at in run.resources.items():
        stood.add_row(name, f"{at:.1f}", f"{at - before:.1f}")
        before = at
    spent = Table("program", "processor seconds", title="processor")
    for name, seconds in run.processor.items():
        spent.add_row(name, f"{seconds:.1f}")
    console.print(stood, spent)
    console.print(
        f"make up, warm: {run.seconds:.1f} s, {run.seconds / LIMIT_SECONDS:.2f} of the limit of "
        f"{LIMIT_SECONDS} s; the program's own code: {run.own:.1f} s, {run.own / OWN_LIMIT_SECONDS:.2f} of "
        f"the limit of {OWN_LIMIT_SECONDS} s",
        highlight=False,
    )


def main() -> None:
    """Measure, once by default; exit code 1 where a limit was missed."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    missed = False
    for _ in range(count):
        with tempfile.TemporaryDirectory() as folder:
            run = measure(Path(folder) / "state")
        show(run)
        missed = missed or run.seconds > LIMIT_SECONDS or run.own > OWN_LIMIT_SECONDS
    raise SystemExit(int(missed))


if __name__ == "__main__":
    run_command(main)
