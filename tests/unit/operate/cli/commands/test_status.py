"""What `operate status` shows where the storage of lock and records is too slow: the front doors, and why."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

import operate.dashboard.environment
import operate.swap.environment
from operate.cli.command_line import app
from operate.cli.commands import status as status_commands
from operate.cli.commands import swap as swap_commands
from operate.error import EXIT_FAILED, OperateError
from operate.store.bounded_store import BoundedStore
from operate.store.object_store import StoreError
from operate.swap.environment import OpenEnvironment
from tests.unit.operate.cli.commands.opened_stacks import open_with
from tests.unit.operate.store.dict_store import DictStore
from tests.unit.operate.swap.simulated_stack import Simulation
from tests.unit.operate.swap.simulated_swaps import swap


def _stack_file(folder: Path) -> Path:
    file = folder / "Pulumi.prod.yaml"
    file.write_text("config: {}\n")
    return file


class _RefusingStore(DictStore):
    def names(self, prefix: str) -> Sequence[str]:
        raise StoreError(f"the container is not there: listing {prefix}")


@pytest.mark.parametrize(
    ("store", "reason"),
    [
        (BoundedStore(DictStore(), "the object storage", 0.0), "the object storage answers too slowly"),
        (_RefusingStore(), "the container is not there: listing operate/history/"),
    ],
    ids=["slow", "refused"],
)
def test_the_front_doors_are_shown_without_the_records(
    store: DictStore | BoundedStore, reason: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    questions: list[bool] = []
    monkeypatch.setattr(status_commands, "open_stack", open_with(store, questions))
    words = ["status", "prod", "--config-file", str(_stack_file(tmp_path))]
    environment = {"SL_API_KEY": None, "SOFTLAYER_API_KEY": None}
    result = CliRunner().invoke(app, words, env=environment)
    assert questions == [True]
    assert result.exit_code == EXIT_FAILED
    assert "modern red" in result.stdout
    assert "not locked" not in result.stdout
    assert reason in result.stderr
    assert "ENV" not in result.stderr
    result = CliRunner().invoke(app, [*words, "--json"], env=environment)
    assert (result.exit_code, result.stdout) == (EXIT_FAILED, "")


def test_a_store_that_answers_is_shown_as_a_whole(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(status_commands, "open_stack", open_with(DictStore(), []))
    words = ["status", "prod", "--config-file", str(_stack_file(tmp_path))]
    environment = {"SL_API_KEY": None, "SOFTLAYER_API_KEY": None}
    result = CliRunner().invoke(app, words, env=environment)
    assert (result.exit_code, "not locked" in result.stdout) == (0, True)
    document = json.loads(CliRunner().invoke(app, [*words, "--json"], env=environment).stdout)
    assert document["live"] == "red"


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_an_unhealthy_live_colour_is_a_failure_for_scripts(
    options: Sequence[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """`operate status && ...` went on while each client got 503."""
    simulation = Simulation()
    colour, counters = next(iter(simulation.doors[1].counters.items()))
    simulation.doors[1].counters[colour] = replace(counters, up=False)

    @contextmanager
    def open_stack(*_: object, **__: object) -> Iterator[OpenEnvironment]:
        yield OpenEnvironment("prod", simulation.facts(), DictStore(), simulation.operator())

    monkeypatch.setattr(status_commands, "open_stack", open_stack)
    words = ["status", "prod", "--config-file", str(_stack_file(tmp_path)), *options]
    variables = {"SL_API_KEY": None, "SOFTLAYER_API_KEY": None}
    result = CliRunner().invoke(app, words, env=variables)
    assert (result.exit_code, "is unhealthy" in result.stdout) == (EXIT_FAILED, True)
    simulation.doors[1].counters[colour] = counters
    assert CliRunner().invoke(app, words, env=variables).exit_code == 0


def test_no_name_is_broken_where_standard_output_is_no_terminal(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """At 80 columns `dal05-regi / stry` was found by no grep, and parts of dates were coloured."""
    simulation = Simulation()
    facts = simulation.facts()
    name = "a-server-with-a-name-as-long-as-they-get"
    doors = tuple(replace(door, server=name) for door in facts.doors)

    @contextmanager
    def open_stack(*_: object, **__: object) -> Iterator[OpenEnvironment]:
        yield OpenEnvironment("prod", replace(facts, doors=doors), DictStore(), simulation.operator())

    monkeypatch.setattr(status_commands, "open_stack", open_stack)
    words = ["status", "prod", "--config-file", str(_stack_file(tmp_path))]
    variables = {"SL_API_KEY": None, "SOFTLAYER_API_KEY": None, "COLUMNS": "80", "FORCE_COLOR": "1"}
    result = CliRunner().invoke(app, words, env=variables)
    assert f"dal05-{name}" in result.stdout
    swap(simulation)
    lines = CliRunner().invoke(app, words, env=variables).stdout.splitlines()
    (last,) = [line for line in lines if line.startswith("last:")]
    assert "\x1b" not in last


@pytest.mark.parametrize(
    ("words", "is_question"),
    [
        (("history",), True),
        (("swap", "--to", "2", "--dry-run"), True),
        (("swap", "--to", "2"), False),
        (("rollback",), False),
        (("retire",), False),
    ],
)
def test_what_changes_nothing_does_not_wait_for_a_silent_storage(
    words: tuple[str, ...], is_question: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    questions: list[bool] = []
    for place in (status_commands, swap_commands):
        monkeypatch.setattr(place, "open_stack", open_with(DictStore(), questions))
    CliRunner().invoke(app, [words[0], "prod", *words[1:]])
    assert questions == [is_question]


def test_a_history_that_a_storage_does_not_answer_ends_with_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = BoundedStore(DictStore(), "the object storage at HOST", 0.0)
    monkeypatch.setattr(status_commands, "open_stack", open_with(slow, []))
    result = CliRunner().invoke(app, ["history", "prod"])
    assert (result.exit_code, result.stdout) == (EXIT_FAILED, "")
    assert "the object storage at HOST answers too slowly" in result.stderr


@pytest.mark.parametrize("words", [["dashboard", "--port", "0"], ["observe", "--serve"]], ids=" ".join)
def test_pages_and_metrics_do_not_wait_for_a_silent_storage(
    words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    questions: list[bool] = []

    def open_environment(*_: object, is_question: bool, **__: object) -> None:
        questions.append(is_question)
        raise OperateError("opened")

    for place in (operate.swap.environment, operate.dashboard.environment):
        monkeypatch.setattr(place, "open_environment", open_environment)
    result = CliRunner().invoke(app, [words[0], "prod", *words[1:]])
    assert (questions, "opened" in result.stderr) == ([True], True)
