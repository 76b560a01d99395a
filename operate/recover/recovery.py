"""The steps of a recovery: ask the account what is missing, show what that takes, bring it back."""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from messages.progress import step
from operate.error import RefusedError
from operate.recover.takeover.standby_choice import retiring_doors
from operate.stack.config.servers_setting import Servers
from operate.stack.config.setting_keys import RETIRING_DOORS
from operate.stack.probes.silent_servers import require_answers
from operate.stack.state.plan import RecoveryPlan
from operate.stack.state.refresh_targets import RefreshedServers
from operate.stack.state.restored import NOTHING_TO_DO, Restored


class RecoverableStack(Protocol):
    """The part of a stack that a recovery needs."""

    def refresh_own(self, names: Collection[str]) -> RefreshedServers:
        """Ask the account, of servers alone where some are named, and servers that answer for containers."""

    def lost_kept_release(self, lost: Collection[str]) -> str:
        """Return the kept release, if every server on which it runs is lost, DATACENTER-NAME; "" if not."""

    def forget_kept_release(self) -> None:
        """Keep no release as it was made any more."""

    def plan(self) -> RecoveryPlan:
        """Return what bringing the stack back orders, changes and costs."""

    def plan_of_loss(self) -> RecoveryPlan | None:
        """Return the same by the state alone; None where only a run of the program shows it."""

    def silent_servers(self, names: Collection[str]) -> Mapping[str, str]:
        """Return why servers do not answer, by DATACENTER-NAME; those that do are left out."""

    def restore(self) -> Restored:
        """Bring the stack to what its file has, verified."""

    def verify(self) -> str:
        """Push and pull an image once more, and return what was done, for people."""

    def write_settings(self, settings: Mapping[str, object]) -> None:
        """Write settings to the stack file, and only there; one that is None is taken out."""


@dataclass(frozen=True)
class Recovery:
    """A recovery that ended well.

    Attributes:
        missing: Servers that the account no longer had, DATACENTER-NAME.
        changes: Changes that were made, for people.
        seconds: Seconds by step.
    """

    missing: tuple[str, ...]
    changes: str
    seconds: Mapping[str, float] = field(default_factory=dict)

    def with_reopened(self, doors: Sequence[str]) -> "Recovery":
        """Return it with front doors that keep connections open again, DATACENTER-SERVER."""
        return self.with_done(f"connections stay open again at {', '.join(doors)}" if doors else "")

    def with_done(self, done: str) -> "Recovery":
        """Return it with what was done besides, for people; "" for nothing."""
        if not done:
            return self
        changes, separator, warnings = self.changes.partition("; warning: ")
        changes = done if changes == NOTHING_TO_DO else f"{changes}; {done}"
        return replace(self, changes=f"{changes}{separator}{warnings}")

    @property
    def has_changed(self) -> bool:
        """Whether something was lost or done; else the history has no event for it."""
        return bool(self.missing) or self.changes.partition("; warning: ")[0] != NOTHING_TO_DO

    @property
    def description(self) -> str:
        """What was lost and what was done, for the history."""
        return f"{', '.join(self.missing)} lost; {self.changes}" if self.missing else self.changes

    def as_json(self) -> dict[str, object]:
        """Return it for programs."""
        changes, *warnings = self.changes.split("; warning: ")
        return {
            "missing": list(self.missing), "changes": changes, "warnings": warnings,
            "seconds": dict(self.seconds),
        }  # fmt: skip


@dataclass
class _Stopwatch:
    log: Callable[[str], None]
    seconds: dict[str, float] = field(default_factory=dict)

    def end(self, step: str, started_at: float, result: str) -> None:
        self.add(step, round(time.monotonic() - started_at, 1))
        self.log(f"{step} ok: {result} ({self.seconds[step]:.1f} s)")

    def add(self, step: str, seconds: float) -> None:
        self.seconds[step] = seconds


def recover(
    stack: RecoverableStack,
    servers: Collection[str],
    log: Callable[[str], None],
    confirm: Callable[[str], bool],
    *,
    agreed: bool = False,
) -> Recovery:
    """Bring a stack back.

    The same command resumes a stopped recovery: what was brought back stays. A preview runs the whole program
    once more. It is left out where the operator has agreed beforehand and the state alone has the plan: the
    servers that are lost, as the last `pulumi up` had them.

    Args:
        stack: Stack to bring back.
        servers: Names of the requested ones, DATACENTER-NAME; all if empty.
        log: Receives a line for each step.
        confirm: Called before anything is ordered.
        agreed: Whether the operator has agreed to every order beforehand.

    Raises:
        RefusedError: The operator does not want what would be ordered; nothing was.
        NotStartedError: The account does not answer, the stack cannot be brought back, or a server of which
            something is to be taken off does not answer; the text says why.
    """
    watch = _Stopwatch(log)
    started_at = time.monotonic()
    with step("account"):
        refreshed = stack.refresh_own(servers)
    watch.end("account", started_at, refreshed.description)
    started_at = time.monotonic()
    with step("plan"):
        plan = (stack.plan_of_loss() if agreed else None) or stack.plan()
    watch.end("plan", started_at, plan.description)
    if plan.deletions:
        require_answers(plan.deletions, stack.silent_servers(plan.deletions))
    if kept := stack.lost_kept_release(refreshed.missing):
        log(
            f"release {kept} is lost with its servers: keepRelease leaves the stack file, whose present"
            " settings make the release again, whatever it was made from before"
        )
    if plan.orders and not confirm(f"Order {', '.join(plan.orders)}?"):
        raise RefusedError("nothing was ordered; the same command resumes from here")
    if kept:
        stack.forget_kept_release()
    started_at = time.monotonic()
    with step("restore"):
        restored = stack.restore()
    watch.end("restore", started_at, restored.description)
    if restored.requires_verification:
        started_at = time.monotonic()
        with step("verify"):
            verified = stack.verify()
        watch.end("verify", started_at, verified)
    for part, seconds in restored.seconds.items():
        watch.add(part, seconds)
    return Recovery(refreshed.missing, restored.changes, watch.seconds)


def forget_retired_doors(stack: RecoverableStack, servers: Servers, retiring: Sequence[str]) -> None:
    """Take servers out of `retiringDoors` that have no front door any more, after a takeover or a loss.

    Left there, they would let a later edit take the same servers' next front doors away by accident.

    Args:
        stack: Stack whose `pulumi up` has ended.
        servers: Servers as its file has them.
        retiring: Setting `retiringDoors` of the stack file.
    """
    kept = retiring_doors(servers, retiring)
    if kept != list(retiring):
        stack.write_settings({RETIRING_DOORS: kept or None})
