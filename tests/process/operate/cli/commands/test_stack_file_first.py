"""Every command that changes something judges the stack file first; a rollback stays possible without it."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from operate.cli.command_line import app
from operate.error import EXIT_FAILED, EXIT_REFUSED
from tests.process.operate.stack.automation.scripted_pulumi import make_pulumi

HALF = "config:\n  softlayer-registry:servers: [{na"
COMMANDS = {
    "swap": ["swap", "prod", "--to", "2"],
    "a swap's plan": ["swap", "prod", "--to", "2", "--dry-run"],
    "retire": ["retire", "prod"],
    "move": ["move", "prod", "--to", "b"],
    "a move's plan": ["move", "prod", "--to", "b", "--dry-run"],
    "recover": ["recover", "prod"],
    "rotate": ["rotate", "http-secret", "prod"],
    "rotate --abort": ["rotate", "http-secret", "prod", "--abort"],
    "rotate password": ["rotate", "password", "prod"],
    "rotate ssh-key": ["rotate", "ssh-key", "prod", "--new", "~/.ssh/next"],
    "rotate host-key": ["rotate", "host-key", "prod", "--server", "dal05-a"],
    "rotate passphrase": ["rotate", "passphrase", "prod", "--new-file", "absent"],
    "adopt": ["adopt", "prod"],
}


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Half a stack file, of which a `pulumi` says what the real one says."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{tmp_path}")
    answer = "case $1 in version) echo v3.259.0;; *) echo 'error: invalid YAML file' >&2; exit 255;; esac"
    make_pulumi(tmp_path, monkeypatch, answer)
    (tmp_path / "Pulumi.prod.yaml").write_text(HALF)
    return tmp_path / "Pulumi.prod.yaml"


@pytest.mark.parametrize("command", COMMANDS)
def test_half_a_stack_file_is_refused_by_its_name_and_place(file: Path, command: str) -> None:
    result = CliRunner().invoke(app, [*COMMANDS[command], "--config-file", str(file)])
    assert f"{file}: must be YAML; line 2, column " in result.stderr
    assert result.exit_code == EXIT_REFUSED
    assert file.read_text() == HALF


@pytest.mark.parametrize("command", [["rollback", "prod"], ["move", "prod", "--back"]])
def test_a_way_back_is_not_refused_for_the_stack_file(file: Path, command: list[str]) -> None:
    result = CliRunner().invoke(app, [*command, "--config-file", str(file)])
    assert result.exit_code == EXIT_FAILED
    assert "must be YAML" not in result.stderr
