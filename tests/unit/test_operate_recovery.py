"""What a recovery asks, plans and restores, and how servers are named to it."""

from collections.abc import Collection
from dataclasses import dataclass, field

import pytest

from operate.error import OperateError
from operate.recover.recovery import full_names, recover
from operate.swap.edges import Preview

SERVERS = ("dal05-a", "dal05-b", "ams01-a", "ams01-c")


@dataclass
class RecordingStack:
    """A stack whose missing servers are known; remembers what it is asked."""

    missing: tuple[str, ...] = ()
    calls: list[str] = field(default_factory=list)

    def refresh_servers(self, names: Collection[str]) -> tuple[str, ...]:
        self.calls.append(f"refresh {','.join(names)}")
        return self.missing

    def plan(self) -> Preview:
        self.calls.append("plan")
        return Preview({"create": 3}, cost=120.5)

    def restore(self, *, refresh: bool) -> str:
        self.calls.append(f"restore {refresh}")
        return "3 created"


def test_what_is_missing_is_planned_with_its_cost_and_restored() -> None:
    stack, lines = RecordingStack(("dal05-a",)), list[str]()
    recovery = recover(stack, ("dal05-a",), lines.append)
    # What is on a lost server cannot be looked at: a refresh would fail.
    assert stack.calls == ["refresh dal05-a", "plan", "restore False"]
    assert lines[0].startswith("account ok: missing: dal05-a (")
    assert lines[1].startswith("plan ok: 3 to create; 120.50 USD a month (")
    assert (recovery.missing, recovery.changes) == (("dal05-a",), "3 created")
    assert list(recovery.seconds) == ["account", "plan", "restore"]


def test_where_every_server_is_there_what_is_on_them_is_looked_at() -> None:
    stack = RecordingStack()
    assert recover(stack, (), lambda _: None).missing == ()
    assert stack.calls == ["refresh ", "restore True"]


def test_servers_are_named_by_either_name() -> None:
    assert full_names(("b", "ams01-a"), SERVERS) == ("dal05-b", "ams01-a")
    assert full_names((), SERVERS) == ()


@pytest.mark.parametrize(("name", "number"), [("a", 2), ("z", 0), ("dal05", 0)])
def test_a_name_of_none_or_of_several_is_refused(name: str, number: int) -> None:
    with pytest.raises(OperateError, match=rf"--server {name} must name one .* names {number}; .* ams01-a"):
        full_names((name,), SERVERS)
