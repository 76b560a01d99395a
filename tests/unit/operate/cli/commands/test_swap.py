"""The commands' own part: lines, JSON, exit codes, and what they refuse."""

import json
import re
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import operate.swap.environment
from messages.progress import step as progress_step
from operate.cli.command_line import app
from operate.stack.facts import Colour
from operate.swap.dependencies import render_report
from operate.swap.environment import OpenEnvironment
from tests.support.killed_process import KilledError
from tests.unit.operate.swap.simulated_stack import SimulatedRelease, SimulatedStore, Simulation


@pytest.fixture
def simulation(monkeypatch: pytest.MonkeyPatch) -> Simulation:
    """The commands act on a simulation."""
    simulation = Simulation()
    simulation.render_report = render_report

    @contextmanager
    def opened(
        name: str,
        what: str,
        log: Callable[[str], None],
        config_file: Path | None = None,
        *,
        is_question: bool,
        use_cache: bool = False,
        without: Collection[str] = (),
        requires_valid_file: bool,
    ) -> Iterator[OpenEnvironment]:
        assert requires_valid_file is what.startswith(("swap", "retire"))
        operations = simulation.operator(simulation.killed + 1)
        operations._dependencies = replace(operations._dependencies, log=log)
        yield OpenEnvironment(name, simulation.facts(), SimulatedStore(simulation), operations)

    monkeypatch.setattr(operate.swap.environment, "open_environment", opened)
    return simulation


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def test_a_swap_tells_a_line_a_step_with_its_time(simulation: Simulation) -> None:
    done = run("swap", "prod", "--to", "2", "--bake", "0.1", "--why", "a new version")
    assert done.exit_code == 0
    lines = done.stderr.splitlines()
    steps = ["lock", "preview", "build", "gate", "shadow", "switch", "drain", "bake", "settle"]
    assert [line.split()[2] for line in lines[:9]] == steps
    assert all(line.split()[1] == "s" and float(line.split()[0]) >= 0 for line in lines)
    assert "preview ok: 3 to create; 12.50 USD a month (0.0 s)" in done.stderr
    assert "switch ok: dal05 red -> black; ams01 red -> black" in done.stderr
    assert done.stdout.strip().endswith("swap to release 2 (black): live; why: a new version")
    assert "swap to release" not in done.stderr, (
        "a terminal shows both, so the result would stand there twice"
    )


def test_as_json_standard_output_is_one_document(simulation: Simulation) -> None:
    done = run("swap", "prod", "--to", "2", "--bake", "0", "--json", "--set", "memory=256")
    report = json.loads(done.stdout)
    assert (report["result"], report["settings"]) == ("live", {"memory": "256"})
    assert [step["outcome"] for step in report["steps"]] == ["ok"] * 8
    again = run("swap", "prod", "--to", "2", "--json")
    assert json.loads(again.stdout)["result"] == "nothing to do"
    assert again.exit_code == 0


def test_the_operator_throttles_as_configured(simulation: Simulation) -> None:
    run("swap", "prod", "--to", "2", "--bake", "0")
    run("swap", "prod", "--to", "3", "--bake", "0", "--throttle", "0.5")
    assert simulation.rests == [2.0, 2.0, 0.5, 0.5]
    assert run("swap", "prod", "--to", "4", "--throttle", "-1").exit_code == 2


def test_a_release_that_is_bad_has_an_exit_code_of_its_own(simulation: Simulation) -> None:
    simulation.releases["2"] = SimulatedRelease(gate="a layer comes back changed")
    done = run("swap", "prod", "--to", "2")
    assert done.exit_code == 3
    assert "gate bad: a layer comes back changed" in done.stderr
    assert "swap to release 2 (black): refused; a layer comes back changed" in done.stdout


def test_a_requested_rollback_is_no_failure(simulation: Simulation) -> None:
    run("swap", "prod", "--to", "2", "--bake", "0")
    done = run("rollback", "prod", "--why", "it is slow")
    assert done.exit_code == 0
    assert "rollback to release 1 (red): release 1 is live again; why: it is slow" in done.stdout
    again = run("rollback", "prod")
    assert again.exit_code == 3
    assert again.stderr.splitlines()[-1].startswith("operate: there is no swap to undo")


def test_a_rollback_without_a_reason_names_none(simulation: Simulation) -> None:
    run("swap", "prod", "--to", "2", "--bake", "0")
    done = run("rollback", "prod")
    assert done.exit_code == 0
    assert done.stdout.strip().endswith("rollback to release 1 (red): release 1 is live again")
    assert re.search(r"lock ok: lock \d+ is held; nobody else changes the stack meanwhile", done.stderr)


def test_a_lock_that_is_held_has_an_exit_code_of_its_own(simulation: Simulation) -> None:
    simulation.kill_at = 40
    with pytest.raises(KilledError):
        run("swap", "prod", "--to", "2")
    simulation.kill_at = None
    done = run("swap", "prod", "--to", "2")
    assert done.exit_code == 4
    assert "locked by op1@host (pid 1)" in done.stderr


def test_a_dry_run_changes_nothing(simulation: Simulation) -> None:
    done = run("swap", "prod", "--to", "2", "--dry-run")
    assert done.exit_code == 0
    assert "red, release 1, is live; black would get release 2" in done.stdout
    assert "preview: 3 to create; 12.50 USD a month" in done.stdout
    assert simulation.objects == {}
    assert json.loads(run("swap", "prod", "--to", "2", "--dry-run", "--json").stdout)["to"] == "black"


@pytest.mark.parametrize("setting", ["memory", "=1"])
def test_a_setting_is_key_and_value(simulation: Simulation, setting: str) -> None:
    assert run("swap", "prod", "--to", "2", "--set", setting).exit_code == 2


def test_status_shows_colours_doors_lock_and_what_is_under_way(simulation: Simulation) -> None:
    simulation.kill_at = 60
    with pytest.raises(KilledError):
        run("swap", "prod", "--to", "2")
    simulation.kill_at = None
    status_json = json.loads(run("status", "prod", "--json").stdout)
    assert status_json["colours"]["red"]["release"] == "1"
    assert status_json["lock"]["owner"] == "op1@host"
    assert status_json["swap"]["release"] == "2"
    assert [door["datacenter"] for door in status_json["doors"]] == ["dal05", "ams01"]
    assert "secret" not in json.dumps(status_json)
    printed = run("status", "prod").stdout
    assert "environment prod" in printed
    assert "locked by op1@host" in printed
    assert "under way: now op" not in printed
    assert "next: " in printed


def test_history_has_the_last_entry_first_and_its_report(simulation: Simulation) -> None:
    run("swap", "prod", "--to", "2", "--bake", "0.2", "--why", "<b>")
    run("rollback", "prod")
    lines = run("history", "prod").stdout.splitlines()
    assert lines[0].startswith("2  ")
    assert "rollback to release 1 (red)" in lines[0]
    assert "swap to release 2 (black): live" in lines[1]
    entries = json.loads(run("history", "prod", "--json", "-n", "2").stdout)
    page = run("history", "prod", "--report", entries[1]["id"]).stdout
    assert page.startswith("<!doctype html>")
    assert "&lt;b&gt;" in page
    assert '<path class="line red" d="M' in page
    number, _, _ = lines[1].partition(" ")
    assert run("history", "prod", "--report", number).stdout == page
    assert run("history", "prod", "--report", "absent").exit_code == 3


@pytest.mark.parametrize(("work", "step"), [("preview", "preview"), ("build", "retire")])
def test_retire_names_its_steps(
    simulation: Simulation, work: str, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        with progress_step("pulumi"):
            raise KeyboardInterrupt

    run("swap", "prod", "--to", "2", "--bake", "0")
    stack = type(simulation.operator()._dependencies.stack)
    monkeypatch.setattr(stack, work, interrupt)
    assert f"in `{step}: pulumi`" in run("retire", "prod").stderr


def test_retire_takes_the_idle_colour_away(simulation: Simulation) -> None:
    run("swap", "prod", "--to", "2", "--bake", "0")
    assert run("retire", "prod").exit_code == 0
    assert simulation.built[Colour.RED] == ""
    assert "red does not exist" in run("retire", "prod").stdout


@pytest.mark.parametrize(
    ("step", "further"), [("lock", ""), ("build", ", `operate rollback prod` undoes it")]
)
def test_an_interrupt_offers_a_rollback_of_what_has_begun_alone(
    simulation: Simulation, monkeypatch: pytest.MonkeyPatch, step: str, further: str
) -> None:
    """Before its record, a rollback would undo the swap before it."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    target = {"lock": "operate.swap.operations.begin_swap", "build": "operate.swap.runner.build"}[step]
    monkeypatch.setattr(target, interrupt)
    done = run("swap", "prod", "--to", "2")
    assert done.exit_code == 130
    assert done.stderr.splitlines()[-1].endswith(f"; the same command resumes from here{further}")
