"""Faults of a stack: its file, its state, locks and doors, and what is said of them."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from operate.doctor.finding import Finding, NotCheckedError, Severity
from operate.doctor.judgements.stack import (
    ColoursObservation,
    DoorObservation,
    FileObservation,
    StateObservation,
    judge_backups,
    judge_colours,
    judge_doors,
    judge_records,
    judge_state,
)
from operate.doctor.probes.pulumi import (
    backend_url,
    parse_state,
    without_credentials,
)
from operate.doctor.probes.records import observe_records
from operate.doors.counters import Counters
from operate.doors.door_status import DoorStatus
from operate.lock.lock import acquire
from operate.lock.process import this_process
from operate.stack.facts import Colour
from operate.stack.traces import NO_CREDENTIALS, Traces
from operate.swap.start import OperationRequest
from tests.support.killed_process import KilledError
from tests.unit.operate.doctor.findings import worst
from tests.unit.operate.doctor.stacks import exported
from tests.unit.operate.swap.killed_retirements import interrupted_retirement
from tests.unit.operate.swap.simulated_stack import SimulatedStore, Simulation

STATE = StateObservation("file:///state", 12)

CLEAR = "pulumi refresh --stack prod --clear-pending-creates --yes --non-interactive --target urn:x::stack"
COMMAND = "command:remote:Command"


def interrupted(*operations: tuple[str, str, str], **changes: object) -> Finding:
    """Return what is said of a state whose engine was killed.

    Args:
        operations: type of each, type of its resource, and that one's name.
        changes: of the state.
    """
    pending = [
        {"type": operation, "resource": {"urn": f"urn:pulumi:x::p::{kind}::{name}", "type": kind}}
        for operation, kind, name in operations
    ]
    state = parse_state(exported(pending_operations=pending, **changes), "v3.259.0", "file:///state")
    return worst(judge_state("prod", state))


def test_an_engine_that_was_killed_leaves_an_operation_behind() -> None:
    order = ("creating", "softlayer:index:VirtualGuest", "dal05-b")
    finding = interrupted(order)
    assert finding.severity is Severity.WARNING
    assert "while it was creating dal05-b" in finding.what
    assert finding.remedy.startswith("pulumi up --stack prod, which finds its orders")
    assert f"; once that has ended well, {CLEAR}, since" in finding.remedy
    change = ("updating", COMMAND, "dal05-b-door")
    updating = interrupted(change)
    assert "while it was updating dal05-b-door" in updating.what
    assert "--clear-pending-creates" not in updating.remedy
    assert judge_state("prod", parse_state(exported(), "v3.259.0", "x"))[0].severity is Severity.OK
    both = interrupted(change, order).remedy
    assert both.startswith("operate recover prod,")
    assert both.endswith(
        f"; once that has ended well, {CLEAR}, since no `pulumi up` forgets an interrupted creation"
    )


def test_what_was_cut_short_on_a_server_has_one_remedy() -> None:
    """A front door's replacement is a creation; the check `installed` names `operate recover` as well."""
    replacement = interrupted(("creating", COMMAND, "dal05-b-door"))
    assert replacement.remedy.startswith("operate recover prod, which does what `pulumi up` would do")
    assert "finds its orders" not in replacement.remedy
    assert f"; once that has ended well, {CLEAR}" in replacement.remedy
    container = interrupted(("creating", "docker:index/container:Container", "dal05-b-red-registry"))
    assert container.remedy.startswith("operate recover prod")


def test_where_no_up_has_ended_an_up_completes_what_was_cut_short() -> None:
    """Without the output `operate`, `operate recover` knows no servers."""
    finding = interrupted(("creating", COMMAND, "dal05-b-door"), resources=[{"type": "a", "urn": "urn:x::a"}])
    assert finding.remedy.startswith("pulumi up --stack prod")


def test_states_that_are_empty_unfinished_or_of_a_newer_engine() -> None:
    assert "is empty" in worst(judge_state("prod", parse_state(exported(resources=[]), "", ""))).what
    assert (
        "no `pulumi up` has completed" in worst(judge_state("prod", replace(STATE, has_outputs=False))).what
    )
    fresh = worst(judge_state("prod", replace(STATE, resources=0, has_outputs=False)))
    assert fresh.remedy == "pulumi up --stack prod"
    for resources in (0, 35):
        lived = replace(
            STATE,
            resources=resources,
            has_outputs=False,
            traces=Traces(in_file=True),
            pending=("creating dal05-a",),
            has_pending_creation=True,
        )
        for finding in judge_state("prod", lived):
            assert finding.remedy.startswith("operate adopt prod, which orders nothing again")
    unknown = replace(STATE, resources=0, has_outputs=False, traces=Traces(unknown="no answer"))
    (finding,) = judge_state("prod", unknown)
    assert finding.what == "the stack is empty; whether it has had servers is not known: no answer"
    assert "pulumi up --stack prod, or, where it has had servers, operate adopt prod" in finding.remedy
    (finding,) = judge_state("prod", replace(unknown, traces=Traces(unknown=NO_CREDENTIALS)))
    assert finding.what.endswith("is not known: the account cannot be asked; see the check `credentials`")
    newer = replace(STATE, engine="v3.300.1", own_engine="v3.259.0")
    assert "pulumi v3.300.1 wrote the state" in worst(judge_state("prod", newer)).what
    with pytest.raises(NotCheckedError, match="the state cannot be read"):
        parse_state({"version": 3}, "", "")


def test_a_state_on_this_machine_alone_is_noted_without_credentials() -> None:
    finding = worst(judge_backups("prod", STATE, FileObservation("f", (), is_committed=True)))
    assert "this machine alone" in finding.what
    assert "pulumi stack export --stack prod" in finding.remedy
    assert without_credentials("s3://key:secret@host/states?x=1") == "s3://host/states"


def test_the_backend_is_the_variables_or_that_of_the_login(tmp_path: Path) -> None:
    assert backend_url({"PULUMI_BACKEND_URL": "file:///x"}) == "file:///x"
    assert backend_url({"PULUMI_HOME": str(tmp_path)}) == ""
    (tmp_path / "credentials.json").write_text(json.dumps({"current": "https://api.pulumi.com"}))
    assert backend_url({"PULUMI_HOME": str(tmp_path)}) == "https://api.pulumi.com"


def test_a_lock_of_operate_and_a_swap_that_was_killed() -> None:
    simulation = Simulation()
    store = SimulatedStore(simulation)
    assert judge_records("prod", observe_records("prod", store))[0].severity is Severity.OK
    with acquire(store, this_process("swap --to 2", 60.0)):
        findings = judge_records("prod", observe_records("prod", store))
    assert worst(findings).severity is Severity.NOTE
    assert "locked by" in findings[0].what
    dead = replace(this_process("swap --to 2", 60.0), started=1)
    store.create("operate/lock/000000000009", dead.to_json())
    (left,) = judge_records("prod", observe_records("prod", store))
    assert f"lock left by {dead.owner} (pid {dead.pid})" in left.what
    assert left.what.endswith("takes the lock over at once")
    with acquire(store, this_process("swap --to 2", 60.0)) as lock:
        assert lock.token == 10
    simulation.kill_once_reported("build")
    with pytest.raises(KilledError):
        simulation.operator().swap(OperationRequest("jane@host", "now", release="2"), simulation.facts())
    simulation.clock.sleep(120)
    killed = worst(judge_records("prod", observe_records("prod", SimulatedStore(simulation))))
    assert killed.severity is Severity.WARNING
    assert killed.remedy == "operate swap prod --to 2"
    assert "swap to release 2 (black) by jane@host" in killed.what


def test_an_interrupted_swap_of_a_rotation_is_resumed_by_the_rotation() -> None:
    simulation = Simulation()
    simulation.kill_once_reported("build")
    request = OperationRequest("jane@host", "now", release="2", rotation="rotate swift-user ENV --user SL2")
    with pytest.raises(KilledError):
        simulation.operator().swap(request, simulation.facts())
    simulation.clock.sleep(120)
    observed = observe_records("prod", SimulatedStore(simulation))
    killed = worst(judge_records("prod", observed))
    assert killed.remedy == "operate rotate swift-user prod --user SL2"
    assert observed.current is not None
    assert observed.current.state.started


HEALTHY = Counters(10, 0, 0, 0, 1.0, up=True)


def door(name: str, live: Colour = Colour.RED, **up: bool) -> DoorObservation:
    backends = {
        ("modern", colour.value): replace(HEALTHY, up=up.get(colour.value, True)) for colour in Colour
    }
    return DoorObservation(name, DoorStatus(name, {"modern": live}, 1, backends))


@pytest.mark.parametrize(
    ("doors", "severity", "what", "remedy"),
    [
        ([door("dal05-a")], Severity.OK, "healthy, red is live", ""),
        (
            [DoorObservation("dal05-a", None, "no route")],
            Severity.ERROR,
            "dal05-a: its front door cannot be asked: no route",
            "operate status prod; docs/runbooks/lost-front-door.md",
        ),
        (
            [DoorObservation("dal05-a", None, "no route", replacements=("recover ENV --on dal05-b",))],
            Severity.ERROR,
            "dal05-a: its front door cannot be asked: no route",
            "operate recover prod --on dal05-b; docs/runbooks/lost-front-door.md",
        ),
        (
            [door("dal05-a", red=False)],
            Severity.ERROR,
            "the live colour red (modern) is unhealthy",
            "operate recover prod",
        ),
        ([door("dal05-a", black=False)], Severity.WARNING, "the idle colour black", "pulumi up --stack prod"),
        (
            [door("dal05-a"), door("ams03-a", Colour.BLACK)],
            Severity.ERROR,
            "front doors disagree on the live colour: dal05-a red, ams03-a black",
            "operate rollback prod --colour red",
        ),
    ],
    ids=["healthy", "lost", "lost beside a standby", "live unhealthy", "idle unhealthy", "disagree"],
)
def test_front_doors(doors: list[DoorObservation], severity: Severity, what: str, remedy: str) -> None:
    finding = worst(judge_doors("prod", doors))
    assert finding.severity is severity
    assert what in finding.what
    assert finding.remedy.startswith(remedy)


def test_colours_that_the_stack_does_not_have() -> None:
    releases = {Colour.RED: "1", Colour.BLACK: ""}
    assert "no other release" in judge_colours("prod", ColoursObservation(releases, Colour.RED))[0].what
    missing = worst(judge_colours("prod", ColoursObservation(releases, Colour.BLACK)))
    assert missing.severity is Severity.ERROR
    both = ColoursObservation({Colour.RED: "1", Colour.BLACK: "2"}, Colour.RED)
    assert judge_colours("prod", both)[0].what == "red has release 1, black has release 2"
    assert judge_colours("prod", ColoursObservation())[0].severity is Severity.NOTE


def test_a_killed_retirement_is_unfinished() -> None:
    simulation = interrupted_retirement()
    finding = worst(judge_records("prod", observe_records("prod", SimulatedStore(simulation))))
    assert finding.severity is Severity.WARNING
    assert finding.what.startswith("unfinished: a retire of red")
    assert finding.remedy == "operate retire prod"
