"""An adoption that has not ended stops what changes the stack; status, history and doctor name it."""

import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from operate.cli.command_line import app
from operate.cli.commands import status as status_commands
from operate.dashboard.watched_stack import WatchedStack
from operate.doctor.finding import NotCheckedError, Severity
from operate.doctor.judgements.stack import StateObservation, judge_state
from operate.doctor.probes.stack import StackProbes
from operate.error import EXIT_FAILED, EXIT_REFUSED, OperateError
from operate.stack.config.unfinished_adoption import describe_adoption, noted_adoption
from operate.stack.operator_key import VARIABLE
from tests.process.operate.stack.automation.scripted_pulumi import make_pulumi
from tests.support.stack_settings import MINIMAL, write_stack_file
from tests.unit.operate.cli.commands.opened_stacks import open_with
from tests.unit.operate.store.dict_store import DictStore
from tests.unit.operate.swap.simulated_stack import SimulatedStore, Simulation

NOTE = {"since": "2026-12-01T15:00:00Z", "by": "anna@desk"}
UNFINISHED = "an adoption (by anna@desk since 2026-12-01T15:00:00Z) has not ended"
COMMANDS = {
    "swap": ["swap", "prod", "--to", "2"],
    "retire": ["retire", "prod"],
    "rollback": ["rollback", "prod"],
    "move": ["move", "prod", "--to", "b"],
    "move --back": ["move", "prod", "--back"],
    "recover": ["recover", "prod", "--yes"],
    "rotate": ["rotate", "http-secret", "prod"],
    "rotate --abort": ["rotate", "http-secret", "prod", "--abort"],
    "rotate authority": ["rotate", "authority", "prod"],
    "rotate password": ["rotate", "password", "prod"],
    "rotate swift-key": ["rotate", "swift-key", "prod"],
    "rotate ssh-key": ["rotate", "ssh-key", "prod", "--new", "~/.ssh/next"],
    "rotate host-key": ["rotate", "host-key", "prod", "--server", "dal05-a"],
    "rotate passphrase": ["rotate", "passphrase", "prod", "--new-file", "absent"],
}


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of a stack that is adopted; its `pulumi` answers nothing but its version."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{tmp_path}")
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    monkeypatch.setenv(VARIABLE, str(key))
    make_pulumi(tmp_path, monkeypatch, "case $1 in version) echo v3.259.0;; *) exit 255;; esac")
    return write_stack_file(tmp_path / "Pulumi.prod.yaml", {**MINIMAL, "adoption": NOTE})


@pytest.mark.parametrize("command", COMMANDS)
def test_what_changes_the_stack_is_refused(file: Path, command: str) -> None:
    result = CliRunner().invoke(app, [*COMMANDS[command], "--config-file", str(file)])
    assert f"environment prod: {UNFINISHED}" in result.stderr
    assert "`operate adopt prod` resumes it" in result.stderr
    assert result.exit_code == EXIT_REFUSED


def test_status_shows_the_front_doors_and_accuses_nobody(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The records are still signed with the lost key; to delete them would be wrong."""
    monkeypatch.setattr(status_commands, "open_stack", open_with(DictStore(), []))
    environment = {"SL_API_KEY": None, "SOFTLAYER_API_KEY": None}
    result = CliRunner().invoke(app, ["status", "prod", "--config-file", str(file)], env=environment)
    assert result.exit_code == EXIT_FAILED
    assert UNFINISHED in result.stderr
    assert "modern red" in result.stdout
    assert "not locked" not in result.stdout
    assert "changed-records" not in result.stdout + result.stderr


def test_history_names_it(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status_commands, "open_stack", open_with(DictStore(), []))
    result = CliRunner().invoke(app, ["history", "prod", "--config-file", str(file)])
    assert (result.exit_code, UNFINISHED in result.stderr) == (0, True)


def test_the_dashboard_names_it(file: Path) -> None:
    simulation = Simulation()
    stack = WatchedStack(
        "prod",
        simulation.facts(),
        simulation.operator(),
        SimulatedStore(simulation),
        simulation.facts,
        adoption=lambda: noted_adoption("prod", file),
    )
    with pytest.raises(OperateError, match="has not ended"):
        stack()


@pytest.mark.parametrize("pending", [(), ("creating dal05-red",)])
def test_doctor_advises_to_end_it(file: Path, pending: tuple[str, ...]) -> None:
    observed = StateObservation(
        "file:///b", 30, pending, adoption=describe_adoption("prod", file), has_pending_creation=bool(pending)
    )
    findings = judge_state("prod", observed)
    assert findings[0].severity is Severity.ERROR
    assert UNFINISHED in findings[0].what
    assert findings[0].remedy.startswith("`operate adopt prod` resumes it")
    assert not [finding for finding in findings if "operate recover" in finding.remedy]
    with pytest.raises(NotCheckedError, match="see the check `state`"):
        StackProbes("prod", file).observe_records()
