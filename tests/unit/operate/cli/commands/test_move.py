"""The command `move`: lines, JSON, exit codes; and that the history goes along where it is on a server."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

import operate.move.environment
from operate.cli.command_line import app
from operate.cli.operation import describe_undo
from operate.cli.status_tables import print_status
from operate.dashboard.state import DashboardState, alarms, waiting
from operate.move.environment import OpenMove, addresses_of
from operate.move.mirror import mirror
from operate.record.record import parse_record
from operate.status.status import StackStatus
from operate.swap.observed_state import ObservedState
from tests.support.killed_process import KilledError
from tests.unit.operate.move.simulated_moves import A, B, MoveSimulation, Weakness, back, killed_at, move
from tests.unit.operate.store.dict_store import DictStore
from tests.unit.operate.swap.simulated_swaps import free_the_lock

QUICK = ("--bake", "0.1", "--idle", "4", "--drain-limit", "1")


@pytest.fixture
def simulation(monkeypatch: pytest.MonkeyPatch) -> MoveSimulation:
    """The command acts on a simulation."""
    simulation = MoveSimulation(A)

    @contextmanager
    def opened(
        name: str,
        what: str,
        log: Callable[[str], None],
        config_file: Path | None = None,
        *,
        is_question: bool,
        requires_valid_file: bool,
    ) -> Iterator[OpenMove]:
        assert requires_valid_file is (what != "move --back")
        operations = simulation.mover(simulation.killed + 1)
        operations._dependencies = replace(operations._dependencies, log=log)
        simulation.questions.append(is_question)
        yield OpenMove(simulation.facts(), operations)

    monkeypatch.setattr(operate.move.environment, "open_move", opened)
    return simulation


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ("move", "prod", *arguments))


def test_a_move_tells_a_line_a_step(simulation: MoveSimulation) -> None:
    done = run("--to", "b", *QUICK, "--why", "a is to be replaced")
    assert done.exit_code == 0, done.output
    steps = ["lock", "preview", "build", "gate", "shadow", "switch", "drain", "bake", "retire"]
    assert [line.split()[2] for line in done.stderr.splitlines()[:9]] == steps
    assert f"{A} stands by, and may leave `servers`" in done.stderr
    assert done.stdout.strip().endswith(f"move from {A} to {B}: moved; why: a is to be replaced")
    assert run("--to", "b").stdout == f"the registry is at {B} already\n"


def test_a_move_with_a_new_address_waits_and_names_the_next_command(simulation: MoveSimulation) -> None:
    simulation.address = ""
    done = run("--to", "b", *QUICK, "--new-address")
    assert done.exit_code == 0, done.output
    assert f"move from {A} to {B}: waits for clients" in done.stdout
    assert f"`operate move prod --to {B} --retire` takes that of {A} out" in done.stdout
    current = parse_record(simulation.objects["operate/swap/current.json"][0])
    observed = ObservedState(replace(simulation.facts(), doors=()), [], current, None)
    (alarm, *_) = [
        text
        for text in alarms(DashboardState("prod", datetime.now(UTC), StackStatus("prod", observed, None)))
        if "clients" in text
    ]
    assert alarm.startswith("the move waits for clients: both front doors serve.")
    simulation.leads_to = B
    ended = run("--to", "b", *QUICK, "--retire")
    assert ended.exit_code == 0, ended.output
    assert simulation.built_doors == {B}


@pytest.mark.usefixtures("simulation")
def test_a_server_that_is_left_in_another_datacenter_is_no_standby() -> None:
    done = run("--to", "c", *QUICK)
    assert done.exit_code == 0, done.output
    assert (
        f"{A} carries nothing (no standby: no front door is left in dal05), and may leave `servers`"
        in done.stderr
    )


def test_a_dry_run_changes_nothing(simulation: MoveSimulation) -> None:
    done = run("--to", "b", "--dry-run")
    assert done.exit_code == 0
    assert done.stdout.startswith(f"{A} carries the registry, release 1; {B} would take its place\n")
    assert "preview: 5 to create; 10.00 USD a month" in done.stdout
    plan = json.loads(run("--to", "b", "--dry-run", "--json").stdout)
    assert (plan["from"], plan["to"], plan["steps"][0]) == (A, B, "preview")
    assert simulation.built_doors == {A}
    assert simulation.objects == {}
    assert simulation.questions == [True, True]
    run("--to", "b", *QUICK)
    assert simulation.questions[2:] == [False]


def test_a_server_that_does_not_serve_has_an_exit_code_of_its_own(simulation: MoveSimulation) -> None:
    simulation.weakness = Weakness(gate="a layer comes back changed")
    done = run("--to", "b", *QUICK, "--json")
    assert done.exit_code == 3
    assert json.loads(done.stdout)["result"] == "refused"


def test_a_build_that_fails_names_the_way_back(simulation: MoveSimulation) -> None:
    """A target that died in the build left its operator with a server to switch on, or to order again."""
    simulation.weakness = Weakness(build=f"{B} does not answer SSH. Switch it on, then run the command again")
    done = run("--to", "b", *QUICK)
    assert done.exit_code == 1
    assert done.stderr.splitlines()[-1] == (
        f"operate: {B} does not answer SSH. Switch it on, then run the command again; `operate move prod"
        " --back` undoes it"
    )
    assert run("--back").exit_code == 0
    assert simulation.built_doors == {A}


def test_a_server_that_was_refused_before_anything_was_begun_needs_no_way_back(
    simulation: MoveSimulation,
) -> None:
    simulation.switched_off = {B}
    done = run("--to", "b", *QUICK)
    assert done.exit_code == 3
    assert "--back" not in done.stderr


@pytest.mark.parametrize("words", [(), ("--to", "b", "--back")])
def test_either_a_server_or_back(simulation: MoveSimulation, words: tuple[str, ...]) -> None:
    assert run(*words).exit_code == 2


def test_what_is_under_way_is_shown_and_undone(simulation: MoveSimulation) -> None:
    simulation.kill_once_reported("shadow ok")
    killed_at(simulation, 0)
    free_the_lock(simulation)
    current = parse_record(simulation.objects["operate/swap/current.json"][0])
    assert [step.value for step in waiting(current)] == ["shadow", "switch", "drain", "bake", "retire"]
    status = StackStatus(
        "prod", ObservedState(replace(simulation.facts(), doors=()), [], current, None), None
    )
    assert status.as_json()["swap"]["next"] == "shadow"  # type: ignore[index]
    assert (
        "the move is left: nobody is at work on it; `operate move prod --to dal05-b` resumes it,"
        " `operate move prod --back` undoes it"
    ) in alarms(DashboardState("prod", datetime.now(UTC), status))
    done = run("--back", "--why", "not today")
    assert done.exit_code == 0
    assert "given up; not today" in done.stdout
    assert simulation.built_doors == {A}


def test_a_move_that_has_ended_is_undone_by_another_move(simulation: MoveSimulation) -> None:
    assert run("--to", "b", *QUICK).exit_code == 0
    ended = run("--back")
    assert ended.exit_code == 3
    assert ended.stderr.strip().endswith(
        f"the move from {A} to {B} has ended, and the front door of {A} was taken out; `operate move prod"
        f" --to {A}` moves the registry back"
    )
    assert simulation.leads_to == B


def test_where_the_old_door_is_taken_out_nothing_offers_to_undo_that(simulation: MoveSimulation) -> None:
    whole = MoveSimulation(A)
    move(whole)
    last_build = len(whole.passed) - whole.passed[::-1].index("stack up") - 1
    assert killed_at(simulation, last_build)
    free_the_lock(simulation)
    current = parse_record(simulation.objects["operate/swap/current.json"][0])
    observed = ObservedState(replace(simulation.facts(), doors=()), [], current, None)
    status, text = StackStatus("prod", observed, None), StringIO()
    print_status(status, Console(file=text, width=80))
    remedy = (
        f"`operate move prod --to {B}` resumes it, and nothing undoes it: the front door of {A} is being"
        f" taken out. Once the move has ended, `operate move prod --to {A}` moves the registry back"
    )
    assert f"next: retire; {remedy}" in text.getvalue()
    alarm = f"the move is left: nobody is at work on it; {remedy}"
    assert alarm in alarms(DashboardState("prod", datetime.now(UTC), status))
    fields = status.as_json()["swap"]
    assert isinstance(fields, dict)
    assert (fields["resume"], fields["undo"]) == (f"operate move prod --to {B}", None)
    refused = run("--back")
    assert refused.exit_code == 3
    assert refused.stderr.strip().endswith(f"is not finished; {remedy}")
    assert describe_undo(current) == ""
    kept = run("--to", "b", *QUICK, "--reads", "7")
    assert (kept.exit_code, "for other options" in kept.stderr) == (0, False)
    assert simulation.built_doors == {B}


def test_a_move_that_is_undone_already_is_finished_by_back(simulation: MoveSimulation) -> None:
    simulation.kill_once_reported("switch ok")
    killed_at(simulation, 0)
    free_the_lock(simulation)
    simulation.kill_once_reported("switch back ok")
    with pytest.raises(KilledError):
        back(simulation)
    free_the_lock(simulation)
    current = parse_record(simulation.objects["operate/swap/current.json"][0])
    assert current.remedy == "`operate move ENV --back` finishes undoing it"


def test_history_on_a_server_goes_along_and_locks_stay() -> None:
    source = DictStore({"operate/history/000001.json": b"1", "operate/lock/000000000001": b"a"})
    target = DictStore({"operate/swap/current.json": b"old", "operate/lock/000000000007": b"b"})
    mirror(source, target)
    mirror(source, target)
    assert target.objects == {"operate/history/000001.json": b"1", "operate/lock/000000000007": b"b"}


def test_a_name_that_means_nothing_has_no_address() -> None:
    assert addresses_of("localhost") == {"127.0.0.1"}
    assert addresses_of("nothing.invalid") == frozenset()
