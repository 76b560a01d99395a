"""A command that names the local stack finds its engine and backend; every other one is left alone."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from dev.local.environment import Environment, LocalError
from dev.local.shell import read_variables
from operate.cli.command_line import app
from operate.cli.parameters import ConfigFile
from operate.cli.parameters import Environment as Stack
from operate.stack import local_environment
from operate.stack.local_environment import enter_local_environment

OWN = {"PATH": "/engine", "PULUMI_BACKEND_URL": "file:///backend", "SL_USERNAME": "local"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    place = tmp_path / "variables.json"
    place.write_text(json.dumps(OWN))
    return place


def test_the_local_stack_s_variables_are_taken_with_its_engine_first(file: Path) -> None:
    environment = {"PATH": "/usr/bin", "SL_USERNAME": "mine"}
    enter_local_environment("local", environment, file)
    assert environment == {**OWN, "PATH": "/engine:/usr/bin", "SL_USERNAME": "mine"}


@pytest.mark.parametrize(
    ("stack", "environment"),
    [
        ("prod", {"PATH": "/usr/bin"}),
        ("localised", {"PATH": "/usr/bin"}),
        ("", {"PATH": "/usr/bin"}),
        ("local", {"PATH": "/usr/bin", "PULUMI_BACKEND_URL": "s3://ours"}),
    ],
)
def test_another_stack_or_backend_stays(stack: str, environment: dict[str, str], file: Path) -> None:
    before = dict(environment)
    enter_local_environment(stack, environment, file)
    assert environment == before


@pytest.mark.parametrize(
    ("line", "stack"),
    [
        ("status local", "local"),
        ("status --json local", "local"),
        ("migrate local", "local"),
        ("doctor local", "local"),
        ("rotate password local", "local"),
        ("images prod local", "prod"),
        ("ssh prod local", "prod"),
        ("swap prod --to local", "prod"),
        ("swap --why local --to 2 prod", "prod"),
        ("doctor", ""),
    ],
)
def test_the_stack_that_a_command_names_counts_and_no_other_word(
    line: str, stack: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered: list[str] = []

    def enter(name: str) -> None:
        entered.append(name)
        raise typer.Exit

    monkeypatch.setattr(local_environment, "enter_local_environment", enter)
    result = CliRunner().invoke(app, line.split())
    assert (entered, result.exit_code) == ([stack], 0)


def test_the_local_stack_s_file_is_found_by_its_variable(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "Pulumi.local.yaml"
    place.touch()
    file.write_text(json.dumps({"OPERATE_CONFIG_FILE": str(place)}))
    for name in ("OPERATE_CONFIG_FILE", "PULUMI_BACKEND_URL"):
        monkeypatch.setenv(name, "")  # so that it is as before at the end
        monkeypatch.delenv(name)
    monkeypatch.setattr(
        local_environment, "enter_local_environment", lambda stack: enter_local_environment(stack, file=file)
    )
    command = typer.Typer()
    files: list[Path | None] = []

    @command.command()
    def show(environment: Stack, config_file: ConfigFile = None) -> None:
        files.append(config_file)

    for stack in ("prod", "local"):
        assert CliRunner().invoke(command, [stack]).exit_code == 0
    assert files == [None, place]


def test_a_stack_that_is_not_up_changes_nothing(tmp_path: Path) -> None:
    environment: dict[str, str] = {}
    enter_local_environment("local", environment, tmp_path / "absent")
    assert environment == {}


def test_a_shell_needs_the_stack_to_be_up(tmp_path: Path) -> None:
    environment = Environment(tmp_path)
    with pytest.raises(LocalError, match="run make up first"):
        read_variables(environment)
    environment.variables_file.write_text(json.dumps(OWN))
    variables = read_variables(environment)
    assert "/dev/local/programs:/engine:" in variables["PATH"]
    assert variables["PULUMI_STACK"] == "local"
    assert variables["PULUMI_BACKEND_URL"] == OWN["PULUMI_BACKEND_URL"]
