"""Pulumi's own lock: who holds it, and that nobody waits for it in silence or without an end."""

import os
from dataclasses import dataclass, field

import pytest

from operate.clock import SystemClock
from operate.error import OperateError
from operate.stack.automation.engine_lock import EngineLock, await_or_break, parse_lock

MESSAGE = (
    "error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or"
    " delete the lock file with `pulumi cancel`.\n  file:///b/.pulumi/locks/x.json: created by ann@{host}"
    " (pid {pid}) at 2026-11-25T00:00:00Z"
)


@dataclass
class FastClock(SystemClock):
    """Its hours pass at once."""

    at: float = 0.0
    slept: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += seconds
        self.slept.append(seconds)


def test_the_holder_is_read_from_pulumis_words() -> None:
    message = MESSAGE.format(host="here", pid=7)
    description = "created by ann@here (pid 7) at 2026-11-25T00:00:00Z"
    assert parse_lock(message, "here") == EngineLock(description, 7, "2026-11-25T00:00:00Z")
    assert parse_lock(message, "elsewhere") == EngineLock(description, None, "2026-11-25T00:00:00Z")
    assert parse_lock("conflict", "here") == EngineLock()


@pytest.mark.parametrize("message", [MESSAGE.format(host="no-such-host.invalid", pid=1), "a conflict"])
def test_another_machines_engine_is_not_waited_for(message: str) -> None:
    clock = FastClock()
    with pytest.raises(OperateError, match=r"environment prod: Pulumi's own lock is held, .*`pulumi cancel`"):
        await_or_break(message, "prod", clock, pytest.fail)
    assert clock.slept == []


def test_an_engine_that_does_not_end_is_waited_for_half_an_hour(capsys: pytest.CaptureFixture[str]) -> None:
    clock, message = FastClock(), MESSAGE.format(host=os.uname().nodename, pid=os.getpid())
    with pytest.raises(OperateError, match=rf"is held, created by ann@\S+ \(pid {os.getpid()}\)"):
        await_or_break(message, "prod", clock, pytest.fail)
    assert clock.at == 1800.0
    assert "waits for Pulumi's own lock" in capsys.readouterr().err
