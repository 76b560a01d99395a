"""Faults of the operator's machine, each made as far as it can be, and what is said of it."""

import os
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from operate.doctor.finding import NotCheckedError, Severity
from operate.doctor.judgements.machine import (
    PythonObservation,
    judge_clock,
    judge_disks,
    judge_modes,
    judge_programs,
    judge_python,
)
from operate.doctor.probes.machine import (
    observe_clock,
    observe_disks,
    observe_modes,
    observe_program,
    observe_python,
    secret_files,
)
from tests.support.process.shell import stand_in
from tests.unit.operate.doctor.findings import worst
from tests.unit.operate.doctor.served_registry import RegistryBehaviour, serve_registry


def test_this_python_is_judged_by_the_pinned_requirements(tmp_path: Path) -> None:
    observed = observe_python()
    assert observed.pinned.keys() == observed.installed.keys()
    assert worst(judge_python(observed)).severity is Severity.OK
    (tmp_path / "requirements.txt").write_text(
        "pulumi==0.0.1 \\\n    --hash=sha256:x\nno_such.package==1.0\n"
    )
    finding = worst(judge_python(observe_python(tmp_path / "requirements.txt")))
    assert finding.severity is Severity.ERROR
    assert "no-such-package" in finding.what
    assert finding.remedy == "make prepare"
    (tmp_path / "requirements.txt").write_text("pulumi==0.0.1\n")
    assert "(pinned 0.0.1)" in worst(judge_python(observe_python(tmp_path / "requirements.txt"))).what


def test_an_old_python_is_an_error() -> None:
    assert worst(judge_python(PythonObservation((3, 9, 2)))).severity is Severity.ERROR


def test_openssh_that_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path, "ssh", "true")
    monkeypatch.setenv("PATH", str(tmp_path))
    finding = worst(judge_programs([observe_program("ssh"), observe_program("ssh-keygen")]))
    assert (finding.severity, finding.remedy) == (Severity.ERROR, "apt-get install openssh-client")
    assert "ssh-keygen" in finding.what


def test_a_full_disk_by_its_threshold(tmp_path: Path) -> None:
    (observed,) = observe_disks([tmp_path, tmp_path, tmp_path / "absent"])
    free = observed.free / 1e9
    assert worst(judge_disks([observed], free / 2, free / 4)).severity is Severity.OK
    assert worst(judge_disks([observed], free * 2, free / 4)).severity is Severity.WARNING
    full = worst(judge_disks([observed], free * 4, free * 2))
    assert full.severity is Severity.ERROR
    assert str(tmp_path) in full.what
    assert "du -xh" in full.remedy


@pytest.mark.parametrize(
    ("ahead", "severity"),
    [(0, Severity.OK), (-120, Severity.WARNING), (120, Severity.WARNING), (7200, Severity.ERROR)],
)
def test_a_wrong_clock_by_a_served_date(ahead: float, severity: Severity, tmp_path: Path) -> None:
    theirs = format_datetime(datetime.now(UTC) - timedelta(seconds=ahead), usegmt=True)
    with serve_registry(tmp_path, RegistryBehaviour(date=theirs)) as url:
        finding = worst(judge_clock(observe_clock(url)))
    assert finding.severity is severity
    if ahead:
        assert ("ahead of" if ahead > 0 else "behind") in finding.what
        assert finding.remedy.startswith(("timedatectl set-ntp true", "chronyd -q"))


def test_a_clock_with_nobody_to_ask_is_not_checked(tmp_path: Path) -> None:
    with serve_registry(tmp_path, RegistryBehaviour(date="yesterday")) as url, pytest.raises(NotCheckedError):
        observe_clock(url)
    with pytest.raises(NotCheckedError, match="does not report its time") as away:
        observe_clock("http://127.0.0.1:9/")
    assert away.value.remedy == "curl -I http://127.0.0.1:9/ shows what the network lacks"


def test_a_name_that_nobody_knows_is_no_fault_of_the_clock() -> None:
    with pytest.raises(NotCheckedError, match="cannot resolve") as nameless:
        observe_clock("http://registry.invalid/")
    assert nameless.value.remedy == "see which name server answers: getent hosts registry.invalid"


def test_a_key_that_others_can_read(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("secret")
    key.chmod(0o600)
    assert worst(judge_modes(observe_modes({"the key": key}))).severity is Severity.OK
    key.chmod(0o644)
    finding = worst(judge_modes(observe_modes({"the key": key, "none": tmp_path / "absent"})))
    assert (finding.severity, finding.remedy) == (Severity.ERROR, f"chmod 600 {key}")
    assert "mode 644" in finding.what
    key.unlink()
    missing = worst(judge_modes(observe_modes({"the key": key}, required=["the key"])))
    assert "does not exist" in missing.what


def test_files_with_secrets_are_those_of_the_operators_environment(tmp_path: Path) -> None:
    files = secret_files({"PULUMI_HOME": str(tmp_path), "PULUMI_CONFIG_PASSPHRASE_FILE": "/secret"})
    assert list(files.values()) == [tmp_path / "credentials.json", Path("/secret")]
    assert os.fspath(secret_files({})["Pulumi's credentials"]).endswith("/.pulumi/credentials.json")
