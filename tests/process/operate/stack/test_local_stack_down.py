"""After `make down` every command on the local stack says that it is down, and nothing of an example file."""

import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from operate.cli.command_line import app
from operate.stack import local_environment
from operate.stack.local_environment import is_local_down
from tests.support.process.shell import stand_in

DOWN = "environment local: it is not up; run `make up`, or wait for the one that is at work"


@pytest.fixture(autouse=True)
def local_is_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(("PULUMI_", "SL_", "SOFTLAYER_"))]:
        monkeypatch.delenv(name)
    stand_in(tmp_path, "docker", "echo 27.0.1")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(local_environment, "local_variables", lambda *_: {})


def add_pulumi(folder: Path) -> None:
    """Put a `pulumi` on PATH whose backend knows no stack."""
    stand_in(
        folder,
        "pulumi",
        """case "$*" in
  *version*) echo v3.259.0 ;;
  *"stack ls"*) echo "[]" ;;
  *) echo "error: no stack named 'local' found" >&2; exit 255 ;;
esac""",
    )


@pytest.mark.parametrize("has_pulumi", [False, True], ids=["no pulumi", "pulumi"])
@pytest.mark.parametrize(
    "words",
    [["status"], ["images"], ["history"], ["login"], ["swap", "--to", "2"], ["rollback"]],
    ids=" ".join,
)
def test_a_command_says_that_it_is_down(words: list[str], has_pulumi: bool, tmp_path: Path) -> None:
    if has_pulumi:
        add_pulumi(tmp_path)
    result = CliRunner().invoke(app, [words[0], "local", *words[1:]])
    assert result.exit_code == 3
    assert result.stderr.splitlines()[-1] == f"operate: {DOWN}"


def test_the_doctor_names_that_alone(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["doctor", "local", "--json"])
    checks = json.loads(result.stdout)["checks"]
    findings = [finding for check in checks for finding in check["findings"]]
    errors = [finding for finding in findings if finding["severity"] in ("error", "unknown")]
    assert [(finding["what"], finding["remedy"]) for finding in errors] == [
        ("the stack local is not up", "make up")
    ]
    assert result.exit_code == 1
    assert {check["area"] for check in checks} == {"machine", "stack"}
    assert str(tmp_path) not in result.stdout


@pytest.mark.parametrize(
    ("stack", "backend", "is_down"),
    [("local", "", True), ("local", "own", True), ("local", "s3://ours", False), ("prod", "", False)],
)
def test_a_shell_of_the_stack_outlives_it(stack: str, backend: str, is_down: bool) -> None:
    """`make shell` exports the backend that `make down` deletes."""
    url = local_environment.LOCAL_BACKEND if backend == "own" else backend
    environment = {"PULUMI_BACKEND_URL": url} if url else {}
    assert is_local_down(stack, environment) is is_down
