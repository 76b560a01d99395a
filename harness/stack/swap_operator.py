"""Somebody who swaps colours by `operate`, with a copy of the stack's file, since a swap writes to it."""

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

from dev.local.environment import CHECKOUT, STACK
from harness.stack.live_stack import LiveRegistry


@dataclass(frozen=True)
class ReportedLine:
    """A line that `operate` printed, and when, in seconds of the monotonic clock."""

    at: float
    line: str


@dataclass(frozen=True)
class Followed:
    """A command of `operate` that ended.

    Attributes:
        started: Time at which it was called, seconds of the monotonic clock.
        ended: Time at which it was done.
        code: Exit code.
        lines: Lines that it printed.
    """

    started: float
    ended: float
    code: int
    lines: Sequence[ReportedLine]


@dataclass(frozen=True)
class SwapOperator:
    """The operator of one stack.

    Attributes:
        registry: The stack.
        stack_file: The copy.
        before: Words before the command, such as `nice`.
        heard: Receives each line of a command that is followed, as it comes.
    """

    registry: LiveRegistry
    stack_file: Path
    before: Sequence[str] = ()
    heard: Callable[[str], None] = lambda _: None

    def operate(self, command: str, *words: str) -> "subprocess.CompletedProcess[str]":
        """Call `operate COMMAND STACK WORDS`; a command may be two words: `rotate root`."""
        done = self.follow(command, *words)
        output = "".join(f"{reported.line}\n" for reported in done.lines)
        return subprocess.CompletedProcess([command, *words], done.code, output)

    def begin(self, command: str, *words: str) -> "subprocess.Popen[str]":
        """Call it and go on while it runs."""
        return subprocess.Popen(
            self._command(command, *words),
            cwd=CHECKOUT, env=self._variables, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, bufsize=1,
        )  # fmt: skip

    def follow(self, command: str, *words: str) -> "Followed":
        """Run it to its end; returns each line with its time.

        Each is printed as it comes, so that a test that is cut off shows how far it came.
        """
        started = time.monotonic()
        with self.begin(command, *words) as process:
            assert process.stdout is not None
            lines = []
            for line in process.stdout:
                lines.append(ReportedLine(time.monotonic(), line.rstrip("\n")))
                print(f"{lines[-1].at - started:5.1f} s  {lines[-1].line}", file=sys.stderr, flush=True)
                self.heard(lines[-1].line)
        return Followed(started, time.monotonic(), process.returncode, lines)

    def up(self) -> "subprocess.CompletedProcess[str]":
        """Bring the stack to what its file says now."""
        config = yaml.safe_load(self.stack_file.read_text())["config"]
        return self.registry.pulumi("up", "--yes", "--skip-preview", config=config)

    def live(self) -> str:
        """The colour that clients come to."""
        return self.registry.live(self.registry.address("dal05-a"))["modern"]

    def _command(self, command: str, *words: str) -> list[str]:
        return [*self.before, sys.executable, "-m", "operate", *command.split(), STACK, *words]

    @property
    def _variables(self) -> Mapping[str, str]:
        return {**self.registry.variables, "OPERATE_CONFIG_FILE": str(self.stack_file)}


@contextmanager
def operating(registry: LiveRegistry, folder: Path) -> Iterator[SwapOperator]:
    """Somebody who swaps the tests' own stack; at the end it is again as it was.

    Args:
        registry: The stack.
        folder: Folder for the copy of its file.
    """
    stack_file = folder / "Pulumi.local.yaml"
    shutil.copy(registry.environment.stack_file, stack_file)
    operator = SwapOperator(registry, stack_file)
    try:
        yield operator
    finally:
        if operator.live() != "red":
            operator.operate("rollback")
        registry.restore()
