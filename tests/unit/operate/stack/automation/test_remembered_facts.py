"""What a command has changed is remembered before its lock is given back, so that a rollback knows it."""

from pathlib import Path
from typing import Any, cast

import pytest
from pulumi import automation

from operate.clock import SystemClock
from operate.error import OperateError
from operate.lock.write_guard import UnavailableLock
from operate.stack.automation.pulumi_stack import PulumiStack
from operate.stack.automation.pulumi_workspace import StackPlace
from tests.unit.operate.stack.operate_output import OUTPUT

COLOUR = {"release": "2", "ports": {"modern": 1}, "containers": {"dal05": {"modern": "registry-2"}}}


class SimulatedStack:
    """A stack of Pulumi whose next `up` takes the black colour away."""

    def __init__(self) -> None:
        self.name, self.reads = "prod", 0
        self.output: dict[str, Any] = {**OUTPUT, "colours": {"red": COLOUR, "black": COLOUR}}
        self.is_readable = True

    @property
    def workspace(self) -> "SimulatedStack":
        return self

    def stack_outputs(self, _: str) -> dict[str, automation.OutputValue]:
        self.reads += 1
        if not self.is_readable:
            raise OSError("no engine")
        return {"operate": automation.OutputValue(self.output, secret=True)}

    def export_stack(self) -> automation.Deployment:
        return automation.Deployment(3, {"resources": []})

    def up(self, **_: object) -> None:
        self.output = {**self.output, "colours": {"red": COLOUR, "black": None}}


@pytest.fixture
def simulated(monkeypatch: pytest.MonkeyPatch) -> SimulatedStack:
    monkeypatch.setattr("operate.stack.automation.pulumi_stack.FileCommand", lambda _: None)
    return SimulatedStack()


def stack_of(simulated: SimulatedStack, folder: Path, remembered: list[Any]) -> PulumiStack:
    return PulumiStack(
        StackPlace("prod", None, folder),
        SystemClock(),
        remembered.append,
        make=lambda *_: cast(automation.Stack, simulated),
        installed=lambda _: (),
    )


def test_a_rollback_after_a_retirement_knows_which_colour_is_left(
    simulated: SimulatedStack, tmp_path: Path
) -> None:
    remembered = list[Any]()
    stack = stack_of(simulated, tmp_path, remembered)
    with stack.locked(UnavailableLock()):
        stack.facts()
        stack.restore()
    assert remembered[-1]["colours"]["black"] is None


def test_what_was_read_since_is_not_read_once_more(simulated: SimulatedStack, tmp_path: Path) -> None:
    stack = stack_of(simulated, tmp_path, [])
    with stack.locked(UnavailableLock()):
        stack.restore()
        stack.facts()
    assert simulated.reads == 1


def test_outputs_that_cannot_be_read_hide_no_other_failure(simulated: SimulatedStack, tmp_path: Path) -> None:
    stack = stack_of(simulated, tmp_path, [])

    def fail() -> None:
        with stack.locked(UnavailableLock()):
            stack.restore()
            simulated.is_readable = False
            raise OperateError("its own")

    with pytest.raises(OperateError, match="its own"):
        fail()
