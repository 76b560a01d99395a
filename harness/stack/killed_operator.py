"""The real operator with all its real edges, ended or stopped by a signal at the N-th boundary of its record.

`python -m harness.stack.killed_operator [--at N] [--stop] [--ttl SECONDS] [--clock stopped]
[--without-pulumi FILE] -- swap STACK --to 2`

A boundary is the moment right before or right after something of the record is written: so every step has
one before it is on record as begun, after that, and the same at its end. Without --at it goes through, and
tells on the last line of standard error how many boundaries there were.
"""

import argparse
import os
import signal
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from harness.stack.stack_without_pulumi import without_pulumi
from operate.cli.command_line import app
from operate.clock import SystemClock
from operate.history.history import History
from operate.lock.holder import TTL
from operate.record.record import Record
from operate.swap import environment


class _Boundaries:
    """Counts them; at the one that is wanted, the process ends or stops as by a fault of its machine."""

    def __init__(self, at: int, fate: signal.Signals) -> None:
        self._at, self._fate = at, fate
        self.passed = 0

    def __call__(self, what: str) -> None:
        self.passed += 1
        if self.passed == self._at:
            sys.stderr.write(f"killed {what}\n")
            sys.stderr.flush()
            os.kill(os.getpid(), self._fate)


class StoppedClock(SystemClock):
    """A clock that always says the same; only waiting takes time."""

    def monotonic(self) -> float:
        """Always the same."""
        return 0.0

    def now(self) -> datetime:
        """Always the same."""
        return datetime(2001, 1, 1, tzinfo=UTC)


def _watched(boundary: _Boundaries) -> None:
    write, keep, enter, clear = History.write, History.keep_report, History.enter, History.clear

    def around(name: str, work: Callable[[], None]) -> None:
        boundary(f"before {name}")
        work()
        boundary(f"after {name}")

    def step_of(record: Record) -> str:
        state = record.state
        last = [step for step in state.started if step not in state.done]
        return f"the record is written, under way: {', '.join(sorted(last)) or 'nothing'}"

    def writes(self: History, record: Record) -> None:
        around(step_of(record), lambda: write(self, record))

    def keeps(self: History, record: Record, page: str) -> None:
        around("the report is kept", lambda: keep(self, record, page))

    def enters(self: History, record: Record) -> None:
        around("the entry is written", lambda: enter(self, record))

    def clears(self: History) -> None:
        clear(self)
        boundary("after the record is taken away")

    for name, function in (
        ("write", writes), ("keep_report", keeps), ("enter", enters), ("clear", clears),
    ):  # fmt: skip
        setattr(History, name, function)


def main(arguments: Sequence[str]) -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="harness.stack.killed_operator")
    parser.add_argument("--at", type=int, default=0)
    parser.add_argument("--stop", action="store_true", help="SIGSTOP, not SIGKILL")
    parser.add_argument("--ttl", type=float, default=TTL, help="of the lock")
    parser.add_argument("--clock", choices=("right", "stopped"), default="right")
    parser.add_argument("--without-pulumi", type=Path)
    parser.add_argument("command", nargs="+")
    options = parser.parse_args(arguments)
    boundaries = _Boundaries(options.at, signal.SIGSTOP if options.stop else signal.SIGKILL)
    _watched(boundaries)
    setattr(environment, "TTL", options.ttl)  # noqa: B010 - mypy knows no such assignment
    if options.clock == "stopped":
        setattr(environment, "SystemClock", StoppedClock)  # noqa: B010
    if options.without_pulumi:
        setattr(environment, "LazyStack", without_pulumi(options.without_pulumi))  # noqa: B010
    try:
        app(options.command)
    finally:
        sys.stderr.write(f"boundaries: {boundaries.passed}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
