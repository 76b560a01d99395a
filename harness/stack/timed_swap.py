"""A swap as the lines of `operate` tell it: when each step began and ended; pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.load.latency import Window
from harness.stack.swap_operator import Followed

_STEP = re.compile(r"^ *[\d.]+ s  (?P<name>[a-z ]+?) (?:ok|bad): .*\((?P<seconds>[\d.]+) s\)$")
_BEFORE = 1.0
"""Seconds (choice): a small read takes less."""


@dataclass(frozen=True)
class TimedSwap:
    """One swap.

    Attributes:
        whole: Window from the start of the command to its end.
        steps: Windows of the steps by name, in their order.
        code: Exit code.
        lines: Lines that it printed.
    """

    whole: Window
    steps: Mapping[str, Window]
    code: int
    lines: Sequence[str]

    @property
    def flip(self) -> Window | None:
        """From shortly before the switch, so that what is under way then is in it, to the end of the drain.

        None where it did not come to that.
        """
        switch, drain = self.steps.get("switch"), self.steps.get("drain")
        return Window(switch.started - _BEFORE, drain.ended) if switch and drain else None

    @property
    def live(self) -> bool:
        """Whether the release went live and stayed it."""
        return self.code == 0 and self.flip is not None and "switch back" not in self.steps


def timed_swap(done: Followed) -> TimedSwap:
    """Read a swap's output."""
    steps = {}
    for line in done.lines:
        if match := _STEP.match(line.line):
            steps[match["name"]] = Window(line.at - float(match["seconds"]), line.at)
    return TimedSwap(Window(done.started, done.ended), steps, done.code, [line.line for line in done.lines])
