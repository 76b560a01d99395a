"""What a check is, and what it finds; pure.

A check is a probe, which observes and decides nothing, and a judgement, which decides on what was observed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from operate.error import OperateError

NOT_CHECKED, NOTHING_TO_CHECK = "not checked", "nothing to check"
"""How a finding begins of a check that could not be made, or that has nothing to be made on."""
Observation = TypeVar("Observation")


class Severity(StrEnum):
    """How bad a finding is, the least first."""

    OK = "ok"
    NOTE = "note"
    UNKNOWN = "unknown"
    WARNING = "warning"
    ERROR = "error"


class Area(StrEnum):
    """What a check is about."""

    MACHINE = "machine"
    ACCOUNT = "account"
    STACK = "stack"
    CLIENT = "client"


@dataclass(frozen=True)
class Finding:
    """One thing that a check found.

    Attributes:
        severity: Severity of the finding.
        what: Description for an operator, which can be understood alone.
        remedy: The command that repairs it, or where it is described; "" where nothing is to be done.
    """

    severity: Severity
    what: str
    remedy: str = ""


def ok(what: str) -> Finding:
    """Return that all is well."""
    return Finding(Severity.OK, what)


def note(what: str, remedy: str = "") -> Finding:
    """Return what is good to know, and no fault."""
    return Finding(Severity.NOTE, what, remedy)


def warning(what: str, remedy: str) -> Finding:
    """Return what becomes a failure if nothing is done."""
    return Finding(Severity.WARNING, what, remedy)


def error(what: str, remedy: str) -> Finding:
    """Return what fails, or what clients notice."""
    return Finding(Severity.ERROR, what, remedy)


def unknown(what: str, remedy: str = "") -> Finding:
    """Return what could not be checked."""
    return Finding(Severity.UNKNOWN, what, remedy)


class NotCheckedError(OperateError):
    """A check cannot be made, and why.

    Args:
        reason: Reason, for an operator.
        remedy: Command that makes the check possible; "" where the check's own remedy does.
        named_by: The check that names the fault and its remedy, which are not repeated; "" for none.
    """

    def __init__(self, reason: str, remedy: str = "", named_by: str = "") -> None:
        super().__init__(f"{reason}; see the check `{named_by}`" if named_by else reason)
        self.remedy, self.named_by = remedy, named_by


class NothingToCheckError(OperateError):
    """There is nothing yet that a check could be made on, which is no fault."""


class MissingStackError(NothingToCheckError):
    """Pulumi's backend has no such stack, which the check `outputs` names with its remedy."""


@dataclass(frozen=True)
class Check(Generic[Observation]):
    """One check.

    Attributes:
        area: Area of the check.
        name: Name of the check, unique in the area.
        probe: Observes. It may raise `OperateError` or `OSError`, which only means that nobody knows.
        judge: Decides on what was observed; pure.
        timeout: Seconds after which nobody waits for the probe any more.
        remedy: Command to run where the check cannot be made.
    """

    area: Area
    name: str
    probe: Callable[[], Observation]
    judge: Callable[[Observation], Sequence[Finding]]
    timeout: float = 15.0
    remedy: str = ""


@dataclass(frozen=True)
class CheckResult:
    """What a check found.

    Attributes:
        area: Area of the check.
        name: Name of the check.
        findings: Findings, at least one.
        seconds: Time that it took.
    """

    area: Area
    name: str
    findings: tuple[Finding, ...]
    seconds: float

    @property
    def not_made(self) -> Finding | None:
        """Why the check could not be made, or had nothing to check; None where it was made."""
        finding = self.findings[0]
        is_made = not finding.what.startswith((NOT_CHECKED, NOTHING_TO_CHECK))
        return None if is_made else finding
