"""Runs checks side by side, each with its own time-out: none hides another one."""

import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any

from messages.count import format_count
from messages.progress import muted, step
from messages.stack_name import name_stack
from operate.doctor.finding import (
    Area,
    Check,
    CheckResult,
    Finding,
    NotCheckedError,
    NothingToCheckError,
    Severity,
    note,
    unknown,
)
from operate.doctor.judgements.offers import without_repeated
from operate.error import OperateError

EXIT_ERROR, EXIT_WARNING = 1, 5
"""Exit codes: something fails; nothing does, but something is to be seen to or could not be checked."""


class _Run:
    """A check in a thread of its own, which nobody waits for once it is late.

    Args:
        check: The check.
    """

    def __init__(self, check: Check[Any]) -> None:
        self._check = check
        self._started_at, self._seconds = time.monotonic(), 0.0
        self._findings: tuple[Finding, ...] = ()
        self._thread = threading.Thread(target=self._work, name=f"check {check.name}", daemon=True)
        self._thread.start()

    def result(self) -> CheckResult:
        """Wait for it, at most until its time is over."""
        check = self._check
        self._thread.join(max(0.0, self._started_at + check.timeout - time.monotonic()))
        findings, seconds = self._findings, self._seconds
        if self._thread.is_alive() or not findings:
            what = f"not checked: no answer within {check.timeout:.0f} s"
            findings, seconds = (unknown(what, check.remedy),), check.timeout
        return CheckResult(check.area, check.name, findings, round(seconds, 3))

    @property
    def name(self) -> str:
        """The name of the check."""
        return self._check.name

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self._thread.is_alive()

    def _work(self) -> None:
        with muted():  # the examination shows which checks it waits for
            findings = tuple(_findings(self._check))
        self._seconds = time.monotonic() - self._started_at
        self._findings = findings


def _findings(check: Check[Any]) -> Sequence[Finding]:
    try:
        return check.judge(check.probe()) or (unknown("not checked: nothing was observed", check.remedy),)
    except NothingToCheckError as reason:
        return (note(f"nothing to check: {reason}"),)
    except NotCheckedError as reason:
        if reason.named_by:
            return (unknown(f"not checked since {reason}"),)
        return (unknown(f"not checked: {reason}", reason.remedy or check.remedy),)
    except (OperateError, OSError) as reason:
        return (unknown(f"not checked: {_one_line(reason)}", check.remedy),)
    except Exception as fault:
        what = f"not checked: the check itself failed ({type(fault).__name__}: {_one_line(fault)})"
        return (unknown(what, "report it with this line"),)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:400] or type(error).__name__


def _for_stack(result: CheckResult, environment: str) -> CheckResult:
    """Return a result with the stack's name in the commands of errors that do not know it."""
    findings = (
        replace(
            finding,
            what=name_stack(finding.what, environment),
            remedy=name_stack(finding.remedy, environment),
        )
        for finding in result.findings
    )
    return replace(result, findings=tuple(findings))


@dataclass(frozen=True)
class Examination:
    """All results.

    Attributes:
        environment: Name of the stack; "" where only this machine was examined.
        results: Results in the order of the checks.
    """

    environment: str
    results: tuple[CheckResult, ...]

    @property
    def exit_code(self) -> int:
        """0 where no fault was found."""
        severities = {finding.severity for result in self.results for finding in result.findings}
        if Severity.ERROR in severities:
            return EXIT_ERROR
        return EXIT_WARNING if severities & {Severity.WARNING, Severity.UNKNOWN} else 0

    def count(self, severity: Severity) -> int:
        """Return how many findings are of a severity."""
        return sum(finding.severity is severity for result in self.results for finding in result.findings)

    @property
    def summary(self) -> str:
        """One line for people."""
        errors, warnings = self.count(Severity.ERROR), self.count(Severity.WARNING)
        unknown, notes = self.count(Severity.UNKNOWN), self.count(Severity.NOTE)
        faults = [
            *([format_count(errors, "error")] if errors else []),
            *([format_count(warnings, "warning")] if warnings else []),
            *([f"{unknown} not checked"] if unknown else []),
        ]
        counts = [*(faults or ["no fault"]), *([format_count(notes, "note")] if notes else [])]
        return f"{format_count(len(self.results), 'check')}: {', '.join(counts)}"

    def as_json(self) -> dict[str, object]:
        """As plain data, without secrets."""
        return {
            "environment": self.environment,
            "exitCode": self.exit_code,
            "summary": self.summary,
            "checks": [
                {
                    "area": result.area.value,
                    "name": result.name,
                    "seconds": result.seconds,
                    "findings": [
                        {"severity": finding.severity.value, "what": finding.what, "remedy": finding.remedy}
                        for finding in result.findings
                    ],
                }
                for result in self.results
            ],
        }

    def lines(self) -> Iterator[str]:
        """For people: an area, its findings, and the remedy below those of a check that have the same one.

        Checks of any area that could not be made for the same reason are one line, where the first is.
        """
        names: dict[Finding, list[str]] = {}
        for result in self.results:
            if (reason := result.not_made) is not None:
                names.setdefault(reason, []).append(result.name)
        shown: set[Finding] = set()
        for area in Area:
            lines: list[str] = []
            for result in self.results:
                reason = result.not_made
                if result.area is not area or reason in shown:
                    continue
                if reason is not None:
                    shown.add(reason)
                title = ", ".join(names[reason]) if reason is not None else result.name
                for finding, next_finding in zip_longest(result.findings, result.findings[1:]):
                    lines.append(f"  {finding.severity.value:<7}  {title}: {finding.what}")
                    is_last = next_finding is None or next_finding.remedy != finding.remedy
                    if finding.remedy and finding.severity is not Severity.OK and is_last:
                        lines.append(f"           -> {finding.remedy}")
            yield from ([f"{area.value}:", *lines] if lines else ())
        yield self.summary


def examine(environment: str, checks: Iterable[Check[Any]]) -> Examination:
    """Run all checks at once and return what they found, in their order.

    Args:
        environment: Name of the stack; "" for none.
        checks: Checks to run.
    """
    runs = [_Run(check) for check in checks]
    results = []
    with step("checks") as show:
        for run in runs:
            show(f"checks, still to end: {', '.join(run.name for run in runs if run.is_running)}")
            results.append(_for_stack(run.result(), environment))
    return Examination(environment, without_repeated(results))
