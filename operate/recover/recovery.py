"""The steps of a recovery: ask the account what is gone, say what that takes, bring it back."""

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from operate.error import OperateError
from operate.swap.edges import Preview


class RecoverableStack(Protocol):
    """What a recovery asks of a stack."""

    def refresh_servers(self, names: Collection[str]) -> tuple[str, ...]:
        """Ask the account for servers, all where none is named; return those that it no longer has."""

    def plan(self) -> Preview:
        """Return what bringing the stack back changes and costs."""

    def restore(self, *, refresh: bool) -> str:
        """Bring the stack to what its file says, verified; return what was done.

        Args:
            refresh: whether to look first at what is on the servers, which must all answer then.
        """


@dataclass(frozen=True)
class Recovery:
    """A recovery that ended well.

    Attributes:
        missing: servers that the account no longer had, DATACENTER-NAME.
        changes: what was done.
        seconds: by step.
    """

    missing: tuple[str, ...]
    changes: str
    seconds: Mapping[str, float] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        """Return it for programs."""
        return {"missing": list(self.missing), "changes": self.changes, "seconds": dict(self.seconds)}


@dataclass
class _Stopwatch:
    log: Callable[[str], None]
    seconds: dict[str, float] = field(default_factory=dict)

    def end(self, step: str, began: float, result: str) -> None:
        self.seconds[step] = round(time.monotonic() - began, 1)
        self.log(f"{step} ok: {result} ({self.seconds[step]:.1f} s)")


def recover(stack: RecoverableStack, servers: Collection[str], log: Callable[[str], None]) -> Recovery:
    """Bring a stack back.

    A recovery that was stopped is gone on with by the same command: what was brought back stays.

    Args:
        stack: which.
        servers: names of those that are asked for, DATACENTER-NAME; all where empty.
        log: is given a line for each step.

    Raises:
        OperateError: the account does not answer, or the stack cannot be brought back; the text says why.
    """
    watch = _Stopwatch(log)
    began = time.monotonic()
    missing = stack.refresh_servers(servers)
    watch.end("account", began, f"missing: {', '.join(missing)}" if missing else "it has every server")
    if missing:
        began = time.monotonic()
        watch.end("plan", began, stack.plan().said())
    began = time.monotonic()
    changes = stack.restore(refresh=not missing)
    watch.end("restore", began, changes)
    return Recovery(missing, changes, watch.seconds)


def full_names(servers: Collection[str], known: Collection[str]) -> tuple[str, ...]:
    """Return servers as DATACENTER-NAME.

    Args:
        servers: as the operator named them, by NAME or DATACENTER-NAME.
        known: all of the stack, DATACENTER-NAME.

    Raises:
        OperateError: a name is of no server, or of several.
    """
    names = []
    for server in servers:
        matches = [name for name in known if name == server or name.partition("-")[2] == server]
        if len(matches) != 1:
            raise OperateError(
                f"--server {server} must name one server of the stack, and names {len(matches)}; its servers"
                f" are {', '.join(sorted(known))}"
            )
        names += matches
    return tuple(names)
