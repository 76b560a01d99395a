"""A command that names the local stack finds its engine and backend; every other one is left alone."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from dev.local.environment import Environment, LocalError
from dev.local.shell import read_variables
from operate.stack.local_environment import enter_local_environment

OWN = {"PATH": "/engine", "PULUMI_BACKEND_URL": "file:///backend", "SL_USERNAME": "local"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    place = tmp_path / "variables.json"
    place.write_text(json.dumps(OWN))
    return place


def test_the_local_stack_s_variables_are_taken_with_its_engine_first(file: Path) -> None:
    environment = {"PATH": "/usr/bin", "SL_USERNAME": "mine"}
    enter_local_environment(["status", "local"], environment, file)
    assert environment == {**OWN, "PATH": "/engine:/usr/bin", "SL_USERNAME": "mine"}


@pytest.mark.parametrize(
    ("words", "environment"),
    [
        (["status", "prod"], {"PATH": "/usr/bin"}),
        (["swap", "prod", "--to", "localised"], {"PATH": "/usr/bin"}),
        (["status", "local"], {"PATH": "/usr/bin", "PULUMI_BACKEND_URL": "s3://ours"}),
    ],
)
def test_another_stack_or_backend_stays(words: list[str], environment: dict[str, str], file: Path) -> None:
    before = dict(environment)
    enter_local_environment(words, environment, file)
    assert environment == before


def test_a_stack_that_is_not_up_changes_nothing(tmp_path: Path) -> None:
    environment: dict[str, str] = {}
    enter_local_environment(["status", "local"], environment, tmp_path / "absent")
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


@pytest.mark.parametrize(
    ("words", "code", "output"),
    [
        (["sh", "-c", 'echo "$PULUMI_STACK $SL_USERNAME"; exit 7'], 7, "local local\n"),
        (["--", "echo", "--state"], 0, "--state\n"),
        (["no-such-program"], 1, ""),
    ],
)
def test_a_command_runs_as_in_the_shell(words: list[str], code: int, output: str, tmp_path: Path) -> None:
    environment = Environment(tmp_path)
    environment.variables_file.write_text(json.dumps(OWN))
    shell = [sys.executable, "-m", "dev.local", "shell", "--state", str(tmp_path), *words]
    completed = subprocess.run(shell, capture_output=True, text=True, check=False)
    assert (completed.returncode, completed.stdout) == (code, output)
    assert not code or output or completed.stderr.startswith("local: no-such-program: cannot be run (")
