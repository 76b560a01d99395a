"""Checks run side by side: none hides another one, and one that cannot be made says so."""

import json
import threading

import pytest

from operate.doctor.examination import EXIT_ERROR, EXIT_WARNING, Examination, examine
from operate.doctor.finding import (
    Area,
    Check,
    Finding,
    NotCheckedError,
    NothingToCheckError,
    Severity,
    error,
    note,
    ok,
    warning,
)
from operate.doctor.shared import Shared
from operate.error import OperateError


def check(name: str, *findings: Finding, area: Area = Area.MACHINE) -> Check[None]:
    return Check(area, name, lambda: None, lambda _: findings)


def failing(name: str, failure: Exception, remedy: str = "do this") -> Check[None]:
    def probe() -> None:
        raise failure

    return Check(Area.STACK, name, probe, lambda _: (ok("never"),), remedy=remedy)


def only_finding(examination: Examination) -> Finding:
    ((finding,),) = (result.findings for result in examination.results)
    return finding


@pytest.mark.parametrize(
    ("failure", "severity", "what", "remedy"),
    [
        (OperateError("no way"), Severity.UNKNOWN, "not checked: no way", "do this"),
        (NotCheckedError("no way", "do that"), Severity.UNKNOWN, "not checked: no way", "do that"),
        (
            NotCheckedError("too slow", named_by="storage"),
            Severity.UNKNOWN,
            "not checked since too slow; see the check `storage`",
            "",
        ),
        (
            OperateError("refused; run `operate recover ENV --accept-host-key dal05-a`"),
            Severity.UNKNOWN,
            "run `operate recover prod --accept-host-key dal05-a`",
            "do this",
        ),
        (NothingToCheckError("no up yet"), Severity.NOTE, "nothing to check: no up yet", ""),
        (FileNotFoundError("gone"), Severity.UNKNOWN, "not checked: gone", "do this"),
        (KeyError("bug"), Severity.UNKNOWN, "the check itself failed (KeyError: 'bug')", "report it"),
    ],
)
def test_a_check_that_cannot_be_made_reports_it(
    failure: Exception, severity: Severity, what: str, remedy: str
) -> None:
    finding = only_finding(examine("prod", [failing("x", failure)]))
    assert finding.severity is severity
    assert what in finding.what
    assert finding.remedy.startswith(remedy)
    assert bool(finding.remedy) is bool(remedy)


def test_a_probe_that_hangs_is_given_up_and_hides_no_other() -> None:
    released = threading.Event()
    hanging = Check(
        Area.MACHINE, "slow", released.wait, lambda _: (ok("late"),), timeout=0.05, remedy="see it"
    )
    examination = examine("", [hanging, check("quick", ok("well"))])
    released.set()
    assert [result.name for result in examination.results] == ["slow", "quick"]
    assert examination.results[0].findings[0].what == "not checked: no answer within 0 s"
    assert examination.results[0].findings[0].remedy == "see it"
    assert examination.results[1].findings == (ok("well"),)
    assert examination.exit_code == EXIT_WARNING


def test_checks_run_side_by_side() -> None:
    together = threading.Barrier(3, timeout=10)
    checks = [Check(Area.MACHINE, name, together.wait, lambda _: (ok("met"),)) for name in ("a", "b", "c")]
    examination = examine("", checks)
    assert [result.findings for result in examination.results] == [(ok("met"),)] * 3


@pytest.mark.parametrize(
    ("findings", "code"),
    [
        ((ok("a"), note("b")), 0),
        ((ok("a"), warning("b", "c")), EXIT_WARNING),
        ((warning("b", "c"), error("d", "e")), EXIT_ERROR),
    ],
)
def test_the_exit_code_is_that_of_the_worst(findings: tuple[Finding, ...], code: int) -> None:
    assert examine("", [check("x", *findings)]).exit_code == code


def test_people_read_the_remedy_below_and_programs_read_json() -> None:
    checks = [check("disk", ok("room"), error("full", "delete")), check("DNS", note("b"), area=Area.CLIENT)]
    examination = examine("prod", checks)
    assert list(examination.lines()) == [
        "machine:",
        "  ok       disk: room",
        "  error    disk: full",
        "           -> delete",
        "client:",
        "  note     DNS: b",
        "2 checks: 1 error, 1 note",
    ]
    document = json.loads(json.dumps(examination.as_json()))
    assert document["exitCode"] == EXIT_ERROR
    assert document["checks"][0]["findings"][1] == {"severity": "error", "what": "full", "remedy": "delete"}


def test_a_remedy_of_several_findings_in_a_row_is_shown_once() -> None:
    findings = [error("a", "mend x"), error("b", "mend x"), warning("c", "mend y"), error("d", "mend x")]
    examination = examine("prod", [check("disk", *findings), check("clock", error("e", "mend x"))])
    assert list(examination.lines())[1:-1] == [
        "  error    disk: a",
        "  error    disk: b",
        "           -> mend x",
        "  warning  disk: c",
        "           -> mend y",
        "  error    disk: d",
        "           -> mend x",
        "  error    clock: e",
        "           -> mend x",
    ]
    document = json.loads(json.dumps(examination.as_json()))
    assert [finding["remedy"] for finding in document["checks"][0]["findings"]][:2] == ["mend x"] * 2


def test_what_checks_share_is_read_once_and_its_reason_is_reported_once() -> None:
    calls = []

    def compute() -> str:
        calls.append(1)
        raise OperateError("wrong passphrase")

    outputs = Shared(compute, named_by="outputs", failure="the outputs cannot be read")
    with pytest.raises(OperateError, match="wrong passphrase"):
        outputs.or_reason()
    with pytest.raises(NotCheckedError, match="the outputs cannot be read; see the check `outputs`"):
        outputs()
    assert len(calls) == 1
    assert outputs.value is None
    number = Shared(lambda: 7)
    assert (number(), number.value) == (7, 7)


def test_a_reason_that_no_check_names_is_that_of_each_that_depends_on_it() -> None:
    def compute() -> str:
        raise OperateError("there is no private key")

    with pytest.raises(OperateError, match="there is no private key"):
        Shared(compute)()


def test_a_check_that_names_a_further_one_keeps_its_name() -> None:
    def compute() -> str:
        raise NotCheckedError("pulumi is not on PATH", named_by="engine")

    with pytest.raises(NotCheckedError, match="pulumi is not on PATH; see the check `engine`"):
        Shared(compute, named_by="outputs", failure="the outputs cannot be read")()


def test_checks_that_nobody_can_make_for_one_reason_are_one_line_for_people() -> None:
    away = NotCheckedError("pulumi is not on PATH", named_by="engine")
    client = Check(Area.CLIENT, "DNS", lambda: failing("", away).probe(), lambda _: (ok("never"),))
    checks = [failing("state", away), check("file", ok("good"), area=Area.STACK), failing("colours", away)]
    checks += [failing("doors", NothingToCheckError("no up yet")), failing("reads", OperateError("own"))]
    examination = examine("prod", [*checks, client])
    assert list(examination.lines()) == [
        "stack:",
        "  unknown  state, colours, DNS: not checked since pulumi is not on PATH; see the check `engine`",
        "  ok       file: good",
        "  note     doors: nothing to check: no up yet",
        "  unknown  reads: not checked: own",
        "           -> do this",
        "6 checks: 4 not checked, 1 note",
    ]
    document = json.loads(json.dumps(examination.as_json()))
    assert [len(result["findings"]) for result in document["checks"]] == [1] * 6


def test_notes_are_counted_beside_no_fault() -> None:
    assert examine("prod", [check("x", ok("a"))]).summary == "1 check: no fault"
    assert examine("prod", [check("x", note("a", "run b"))]).summary == "1 check: no fault, 1 note"
