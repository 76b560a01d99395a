"""What status, doctor and dashboard say of an unfinished rotation: which one, and its two commands."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from operate.dashboard.state import DashboardState
from operate.dashboard.view import stack_view
from operate.dashboard.watched_stack import WatchedStack
from operate.doctor.finding import Severity
from operate.doctor.judgements.stack import judge_rotation
from operate.record.observed_releases import ObservedReleases
from operate.record.record import Record
from operate.record.rotation_note import find_rotation
from operate.record.rotation_plan import KINDS, RotationProgress, RotationStep
from operate.record.swap_plan import Direction, Step, SwapState
from operate.rotate.under_way import noted_rotation
from operate.stack.facts import Colour
from operate.status.status import status
from tests.unit.operate.rotate.simulated_rotations import swap_record
from tests.unit.operate.rotate.written_stack_file import stack_file
from tests.unit.operate.swap.simulated_stack import SimulatedStore, Simulation
from tests.unit.operate.swap.simulated_swaps import swap

STAGED = RotationProgress("http-secret", "1-s1", 2, (RotationStep.STAGE,), previous="1")
SWITCHED = "2026-11-30T10:00:00Z"


def test_status_names_a_staged_secret_and_both_ways_on(tmp_path: Path) -> None:
    simulation = Simulation()
    rotation = noted_rotation("prod", stack_file(tmp_path, rotation=STAGED.as_json()))
    observed = simulation.operator().observe(simulation.facts())
    stack_status = status("prod", observed, SimulatedStore(simulation), rotation)
    (warning,) = [text for text in stack_status.warnings if "rotation" in text]
    assert warning == (
        "a rotation of http-secret is under way, and its secret is staged for release 1-s1;"
        " `operate rotate http-secret prod` resumes it, `operate rotate http-secret prod --abort` gives it up"
    )
    assert warning in stack_status.as_json()["warnings"]  # type: ignore[operator]
    assert not status("prod", observed, SimulatedStore(simulation)).warnings


def test_the_dashboard_names_it_until_it_ends(tmp_path: Path) -> None:
    simulation = Simulation()
    operations = simulation.operator()
    file = stack_file(tmp_path, rotation=STAGED.as_json())
    watched = WatchedStack(
        "prod",
        simulation.facts(),
        operations,
        SimulatedStore(simulation),
        operations.facts,
        rotation=lambda: noted_rotation("prod", file),
    )
    assert "a rotation of http-secret is under way" in watched().warnings[0]
    view = stack_view(DashboardState("prod", datetime.now(UTC), watched()))
    finding, *_ = judge_rotation("prod", noted_rotation("prod", file))
    assert f"{finding.what}; {finding.remedy}" in view.alarms, "the words of doctor, with both ways on"
    assert view.summary == (
        "red, release 1, is live. A rotation of http-secret is under way, and its secret is staged for"
        " release 1-s1. 1 thing is wrong."
    )
    stack_file(tmp_path)
    assert not watched().warnings


def test_doctor_names_a_staged_secret_and_both_ways_on(tmp_path: Path) -> None:
    file = stack_file(tmp_path, rotation=STAGED.as_json())
    (finding,) = judge_rotation("prod", noted_rotation("prod", file))
    assert (finding.severity, "staged for release 1-s1" in finding.what) == (Severity.WARNING, True)
    assert finding.remedy == (
        "`operate rotate http-secret prod` resumes it, `operate rotate http-secret prod --abort` gives it up"
    )
    assert judge_rotation("prod", noted_rotation("prod", stack_file(tmp_path)))[0].severity is Severity.OK


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_each_secret_has_its_two_commands(kind: str) -> None:
    release = "1-s1" if KINDS[kind].is_swapped else ""
    for switched_at in ("", SWITCHED):
        progress = RotationProgress(kind, release, 2, (RotationStep.STAGE,), switched_at)
        note = find_rotation({"rotation": progress.as_json()})
        assert note is not None
        assert f"a rotation of {kind} is under way" in note.what
        assert f"`operate rotate {kind} ENV" in note.remedy
        assert f"`operate rotate {kind} ENV --abort` gives it up" in note.remedy
        # A new secret that is live is not given up while it is: the command would refuse.
        assert ("`operate rollback ENV`" in note.remedy) is bool(switched_at and release)
        assert ("--retire" in note.remedy) is bool(switched_at and KINDS[kind].awaits_clients)


def test_what_runs_with_the_new_secret_alone_is_not_given_up() -> None:
    done = (RotationStep.STAGE, RotationStep.SWAP, RotationStep.OVERLAP, RotationStep.RETIRE)
    note = find_rotation({"rotation": RotationProgress("root", "1-s1", 2, done, SWITCHED).as_json()})
    assert note is not None
    assert note.remedy == "`operate rotate root ENV` ends it"


SWITCHING = SwapState(started=frozenset({Step.BUILD, Step.SWITCH}))
ABORT = "`operate rotate http-secret ENV --abort` gives it up"
ROLLBACK_ABORT = f"`operate rollback ENV`, then {ABORT}"


@pytest.mark.parametrize(
    ("current", "live_release", "state", "abort"),
    [
        (None, "1", "staged for release 1-s1", ABORT),
        (None, "", "staged for release 1-s1", ABORT),
        (swap_record("1-s1", "1", "red"), "1", "staged for release 1-s1", ABORT),
        (swap_record("2", "1", "red", SWITCHING), "1", "staged for release 1-s1", ABORT),
        (swap_record("1-s1", "1", "red", SWITCHING), "", "live in release 1-s1", ROLLBACK_ABORT),
        (
            swap_record("1-s1", "1", "red", replace(SWITCHING, direction=Direction.BACK)),
            "1",
            "live in release 1-s1",
            ROLLBACK_ABORT,
        ),
        (None, "1-s1", "live in release 1-s1", ROLLBACK_ABORT),
    ],
)
def test_a_switch_that_the_file_does_not_note_yet_counts(
    current: Record | None, live_release: str, state: str, abort: str
) -> None:
    note = find_rotation({"rotation": STAGED.as_json()})
    assert note is not None
    observed = note.observed(ObservedReleases(current, live_release))
    assert state in observed.what
    assert observed.abort == abort
    assert observed.remedy.endswith(abort)


@pytest.mark.parametrize(
    ("kind", "done", "what", "remedy"),
    [
        (
            "http-secret",
            (RotationStep.STAGE, RotationStep.SWAP, RotationStep.OVERLAP),
            "its secret is live, and nothing runs with the old one",
            "`operate rotate http-secret ENV` ends it",
        ),
        (
            "http-secret",
            (RotationStep.STAGE, RotationStep.SWAP),
            "its secret is live in release 1-s1, and the previous release is taken away",
            "`operate rotate http-secret ENV` resumes it",
        ),
        (
            "root",
            (RotationStep.STAGE, RotationStep.SWAP),
            "its secret is live in release 1-s1, and the previous release is taken away",
            "`operate rotate root ENV --retire` ends it once clients trust the new authority",
        ),
    ],
    ids=["retired by the rotation, which has not noted it", "retired in the overlap", "clients are awaited"],
)
def test_a_retired_release_is_no_target_of_a_rollback(
    kind: str, done: tuple[RotationStep, ...], what: str, remedy: str
) -> None:
    note = find_rotation(
        {"rotation": RotationProgress(kind, "1-s1", 2, done, SWITCHED, previous="1").as_json()}
    )
    assert note is not None
    for current_release in ("1-s1", ""):
        observed = note.observed(ObservedReleases(live=current_release, releases=frozenset({"1-s1"})))
        assert observed.what.endswith(what)
        assert (observed.remedy, observed.abort) == (remedy, "")
    both = note.observed(ObservedReleases(live="1-s1", releases=frozenset({"1-s1", "1"})))
    assert "`operate rollback ENV`, then" in both.remedy


def test_status_after_an_unrecorded_retirement_names_what_ends_the_rotation() -> None:
    simulation = Simulation()
    observed = simulation.operator().observe(simulation.facts())
    assert observed.live is not None
    assert observed.facts.colours[observed.live.opposite] is None
    done = (RotationStep.STAGE, RotationStep.SWAP, RotationStep.OVERLAP)
    progress = RotationProgress("http-secret", observed.release(observed.live), 2, done, SWITCHED)
    note = find_rotation({"rotation": progress.as_json()})
    (warning,) = status("prod", observed, SimulatedStore(simulation), note).warnings
    assert warning.endswith("nothing runs with the old one; `operate rotate http-secret prod` ends it")


def test_a_release_that_was_rolled_back_is_given_up_at_once() -> None:
    done = (RotationStep.STAGE, RotationStep.SWAP)
    progress = RotationProgress("http-secret", "1-s1", 2, done, SWITCHED, previous="1")
    note = find_rotation({"rotation": progress.as_json()})
    assert note is not None
    observed = note.observed(ObservedReleases(live="1"))
    assert observed.what.endswith("its secret is in release 1-s1, and release 1 is live")
    assert observed.remedy == f"`operate swap ENV --to 1-s1` makes it live again, {ABORT}"


@pytest.mark.parametrize(
    ("has_history", "rollback"), [(True, "rollback prod"), (False, "rollback prod --colour black")]
)
def test_status_names_the_way_back_from_a_release_that_is_live(rollback: str, *, has_history: bool) -> None:
    simulation = Simulation()
    if has_history:
        swap(simulation)
    else:
        simulation.built[Colour.BLACK] = simulation.config["black"] = "2"
    observed = simulation.operator().observe(simulation.facts())
    assert observed.live is not None
    own = replace(
        STAGED,
        release=observed.release(observed.live),
        previous=observed.release(observed.live.opposite),
    )
    note = find_rotation({"rotation": own.as_json()})
    (warning,) = status("prod", observed, SimulatedStore(simulation), note).warnings
    assert warning.endswith(
        f"`operate {rollback}`, then `operate rotate http-secret prod --abort` gives it up"
    )


def test_beside_another_unfinished_operation_nothing_is_offered_that_is_refused() -> None:
    """`operate swap --to 1-s1` and --abort were named, which that operation refuses."""
    done = (RotationStep.STAGE, RotationStep.SWAP)
    progress = RotationProgress("http-secret", "1-s1", 2, done, SWITCHED, previous="1")
    note = find_rotation({"rotation": progress.as_json()})
    assert note is not None
    other = swap_record("9", "1-s1", "black", SWITCHING)
    observed = note.observed(ObservedReleases(other, "9", frozenset({"1-s1", "9"})))
    assert observed.what.endswith("its secret is live in release 9, and the previous release is taken away")
    assert observed.remedy == (
        "once the swap to release 9 (red) has ended, `operate rotate http-secret ENV` resumes it"
    )


def test_a_note_that_was_written_as_text_is_read() -> None:
    note = find_rotation({"rotation": json.dumps(STAGED.as_json())})
    assert note == find_rotation({"rotation": STAGED.as_json()})


@pytest.mark.parametrize(
    ("settings", "remedy"),
    [
        (
            {
                "rotation": RotationProgress(
                    "swift-user", "1-s1", done=(RotationStep.REFRESH, RotationStep.STAGE)
                ).as_json(),
                "objectUser": "SLOS1:SL2",
            },
            "`operate rotate swift-user ENV --user SLOS1:SL2` resumes it",
        ),
        (
            {
                "rotation": RotationProgress("swift-user", "1-s1", done=(RotationStep.REFRESH,)).as_json(),
                "objectUser": "the previous one",
            },
            "`operate rotate swift-user ENV --user USER` resumes it",
        ),
        (
            {"rotation": RotationProgress("s3-keys", "1-s1").as_json()},
            "`operate rotate s3-keys ENV < CREDENTIAL`",
        ),
        (
            {"rotation": RotationProgress("certificate").as_json(), "registryCertificate": "PEM"},
            "`operate rotate certificate ENV --certificate FILE --key-file FILE`",
        ),
        (
            {"rotation": {"kind": "host-key", "server": "dal05-b", "hostKey": "ssh-ed25519 AAAA"}},
            "`operate rotate host-key ENV --server dal05-b` ends it",
        ),
        (
            {"nextSshKeyFile": "~/.ssh/next"},
            "`operate rotate ssh-key ENV --new ~/.ssh/next` resumes it; `pulumi config rm nextSshKeyFile`",
        ),
        (
            {"sshKeyFile": "~/.ssh/new", "oldSshKeyFile": "~/.ssh/old"},
            "`operate rotate ssh-key ENV --new ~/.ssh/new` ends it",
        ),
        ({"rotation": {"kind": "http-secret"}}, "restore it from version control"),
        ({"rotation": "text"}, "restore it from version control"),
    ],
)
def test_options_that_the_command_needs_are_named(settings: dict[str, object], remedy: str) -> None:
    note = find_rotation(settings)
    assert note is not None
    assert remedy in note.remedy


def test_a_stack_file_without_a_rotation_has_none(tmp_path: Path) -> None:
    assert find_rotation({}) is None
    assert noted_rotation("prod", tmp_path / "absent.yaml") is None
