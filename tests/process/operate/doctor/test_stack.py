"""Faults of a stack that Git and Pulumi name, by stand-ins that are run, and what is said of them."""

import json
import os
import socket
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from dev.local.environment import CHECKOUT
from operate.doctor.finding import NotCheckedError, NothingToCheckError, Severity
from operate.doctor.judgements.stack import (
    FileObservation,
    StateObservation,
    judge_backups,
    judge_file,
    judge_pulumi_locks,
    judge_state,
)
from operate.doctor.probes.pulumi import (
    export_state,
    is_committed,
    observe_file,
    observe_pulumi_locks,
    observe_state,
)
from operate.doctor.probes.stack import (
    StackProbes,
)
from operate.error import OperateError
from tests.support.process.shell import stand_in
from tests.support.stack_settings import MINIMAL, SERVER, write_stack_file
from tests.unit.operate.doctor.findings import worst
from tests.unit.operate.doctor.stacks import exported

STATE = StateObservation("file:///state", 12)


def test_mistakes_of_the_stack_file_come_from_the_settings_reader(tmp_path: Path) -> None:
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    place = os.path.relpath(key, CHECKOUT)
    values = MINIMAL | {"sshKeyFile": place, "registryLisen": "private"}
    finding = worst(judge_file(observe_file(write_stack_file(tmp_path / "stack.yaml", values))))
    assert finding.severity is Severity.ERROR
    assert finding.what.startswith("registryLisen: is not a setting; nearest is registryListen")
    assert str(tmp_path / "stack.yaml") in finding.remedy
    del values["registryLisen"]
    key.chmod(0o644)
    assert (
        "mode 644" in worst(judge_file(observe_file(write_stack_file(tmp_path / "stack.yaml", values)))).what
    )
    key.chmod(0o600)
    assert judge_file(observe_file(tmp_path / "stack.yaml"))[0].severity is Severity.OK


def test_a_stack_file_that_cannot_be_read_is_not_checked(tmp_path: Path) -> None:
    with pytest.raises(NotCheckedError, match=r"absent\.yaml: cannot be read"):
        observe_file(tmp_path / "absent.yaml")


@pytest.mark.parametrize("text", ["", "config: [", "hello\n", "config:\n  a: 1\n  a: 2\n"])
def test_a_stack_file_that_pulumi_refuses_is_an_error(tmp_path: Path, text: str) -> None:
    file = tmp_path / "stack.yaml"
    file.write_text(text)
    finding = worst(judge_file(observe_file(file)))
    assert finding.severity is Severity.ERROR
    assert finding.remedy == f"correct it in {file}"


def test_a_stack_file_that_git_does_not_have(tmp_path: Path) -> None:
    def git(*words: str) -> None:
        identity = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
        subprocess.run(["git", "-C", str(tmp_path), *identity, *words], check=True, capture_output=True)

    file = write_stack_file(tmp_path / "stack.yaml", {**MINIMAL, "servers": [SERVER]})
    assert is_committed(file) is None
    git("init", "-q")
    assert is_committed(file) is False
    observed = FileObservation(str(file), (), is_committed=is_committed(file))
    finding = worst(judge_backups("prod", replace(STATE, backend="s3://states"), observed))
    assert finding.severity is Severity.NOTE
    assert "git does not have" in finding.what
    for local in ("local", "local-two"):
        (finding,) = judge_backups(local, replace(STATE, backend="s3://states"), observed)
        assert (finding.severity, "git" in f"{finding.what} {finding.remedy}") == (Severity.OK, False)
    git("add", "stack.yaml")
    git("commit", "-q", "-m", "x")
    assert is_committed(file) is True


@pytest.mark.parametrize(("salt", "is_other"), [("v1:a:b", False), ("v1:c:d", True), ("", False)])
def test_another_salt_than_the_state_s_is_named(
    salt: str, is_other: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pulumi writes one unasked where the line is missing, and says nothing of a salt when it fails."""
    stand_in(tmp_path, "pulumi", "echo v3.259.0")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    file = tmp_path / "Pulumi.prod.yaml"
    file.write_text(f"encryptionsalt: {salt}\nconfig: {{}}\n")
    state = exported(secrets_providers={"type": "passphrase", "state": {"salt": "v1:a:b"}})
    observed = observe_state("prod", file, "file:///state", state)
    assert observed.has_other_salt is is_other
    (finding,) = judge_state("prod", observed)
    assert finding.severity is (Severity.WARNING if is_other else Severity.OK)


def test_pulumi_that_refuses_tells_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path, "pulumi", "echo 'error: incorrect passphrase' >&2; exit 255")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(OperateError, match="incorrect passphrase"):
        export_state("prod")
    probes = StackProbes("prod")
    assert "incorrect passphrase" in probes.observe_outputs().reason
    with pytest.raises(NotCheckedError, match="outputs cannot be read"):
        probes.outputs()
    stand_in(tmp_path, "pulumi", "echo '{}'")
    with pytest.raises(NothingToCheckError, match="no `pulumi up` of this stack has completed"):
        StackProbes("prod").observe_outputs()


def test_a_lock_that_a_dead_pulumi_left(tmp_path: Path) -> None:
    backend = f"file://{tmp_path}"
    assert judge_pulumi_locks("prod", observe_pulumi_locks("prod", backend))[0].severity is Severity.OK
    folder = tmp_path / ".pulumi" / "locks" / "organization" / "softlayer-registry" / "prod"
    folder.mkdir(parents=True)
    ended = subprocess.Popen(["true"])
    ended.wait()
    lock = {"pid": ended.pid, "username": "jane", "hostname": socket.gethostname()}
    (folder / "x.json").write_text(json.dumps(lock))
    finding = worst(judge_pulumi_locks("prod", observe_pulumi_locks("prod", backend)))
    assert (finding.severity, finding.remedy) == (Severity.ERROR, "pulumi cancel --stack prod")
    assert f"jane@{socket.gethostname()} (pid {ended.pid})" in finding.what
    (folder / "x.json").write_text(json.dumps(lock | {"pid": os.getpid()}))
    assert worst(judge_pulumi_locks("prod", observe_pulumi_locks("prod", backend))).severity is Severity.NOTE
    (folder / "x.json").write_text("{")
    assert (
        "an unknown process" in worst(judge_pulumi_locks("prod", observe_pulumi_locks("prod", backend))).what
    )
    with pytest.raises(NotCheckedError, match="a folder"):
        observe_pulumi_locks("prod", "s3://states")
