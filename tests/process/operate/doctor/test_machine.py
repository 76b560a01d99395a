"""Faults of programs on the operator's machine, by stand-ins that are run, and what is said of them."""

from pathlib import Path

import pytest

from dev.engine.part import PULUMI_VERSION
from operate.doctor.finding import NotCheckedError, Severity
from operate.doctor.judgements.machine import (
    ClockObservation,
    DockerObservation,
    ProgramObservation,
    judge_clock,
    judge_docker,
    judge_engine,
    judge_program_packages,
)
from operate.doctor.probes.machine import (
    is_systemd_running,
    observe_docker,
    observe_program,
    observe_program_packages,
    required_engine,
)
from tests.support.process.shell import stand_in
from tests.unit.operate.doctor.findings import worst


@pytest.mark.parametrize(
    ("body", "severity", "what"),
    [
        (f"echo v{PULUMI_VERSION}", Severity.OK, PULUMI_VERSION),
        ("echo v3.10.1", Severity.ERROR, "requires >=3.259.0"),
        ("echo 'no such file' >&2; exit 1", Severity.ERROR, "does not run: no such file"),
        (None, Severity.ERROR, "not on PATH"),
    ],
)
def test_the_engine(
    body: str | None, severity: Severity, what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if body is not None:
        stand_in(tmp_path, "pulumi", body)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    finding = worst(judge_engine(observe_program("pulumi", "version"), required_engine()))
    assert finding.severity is severity
    assert what in finding.what
    assert severity is Severity.OK or "python -m dev.engine build" in finding.remedy


ABOUT = """cat <<'END'
{"dependencies": %s, "errors": ["Failed to get information about the current stack: No current stack"%s]}
END"""


@pytest.mark.parametrize(
    ("dependencies", "failure", "severity", "what"),
    [
        ('[{"name": "pulumi"}, {"name": "PyYAML"}]', "", Severity.OK, "has its packages"),
        ('[{"name": "PyYAML"}, {"name": "wheel"}]', "", Severity.ERROR, "lacks 1 package (pulumi)"),
        ("null", ', "Failed to get information about the dependencies: no pip"', Severity.ERROR, "no pip"),
    ],
)
def test_the_packages_of_the_program_are_those_of_the_python_that_pulumi_starts(
    dependencies: str,
    failure: str,
    severity: Severity,
    what: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "requirements.txt").write_text("pulumi==3.0.0\npyyaml==6.0\n")
    stand_in(tmp_path, "pulumi", ABOUT % (dependencies, failure))
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    finding = worst(judge_program_packages(observe_program_packages(tmp_path)))
    assert finding.severity is severity
    assert what in finding.what
    assert severity is Severity.OK or f"export PATH={tmp_path}/.venv/bin:$PATH" in finding.remedy


@pytest.mark.parametrize("body", [None, "exit 1", "echo hello"])
def test_without_pulumi_the_programs_packages_are_not_checked(
    body: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "requirements.txt").write_text("pulumi==3.0.0\n")
    if body:
        stand_in(tmp_path, "pulumi", body)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(NotCheckedError):
        observe_program_packages(tmp_path)


def test_a_program_that_hangs_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path, "pulumi", "exec sleep 60")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert observe_program("pulumi", "version", seconds=0.2).reason == "no answer within 0 s"


def test_a_docker_that_does_not_answer_and_none_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(tmp_path, "docker", 'echo "Cannot connect to the Docker daemon" >&2; exit 1')
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    finding = worst(judge_docker(observe_docker()))
    assert finding.severity is Severity.WARNING
    assert "Cannot connect" in finding.what
    missing = ProgramObservation("docker")
    assert worst(judge_docker(DockerObservation(missing))).severity is Severity.NOTE
    stand_in(tmp_path, "docker", "echo 27.0.1")
    assert worst(judge_docker(observe_docker())).severity is Severity.OK


@pytest.mark.parametrize(
    ("has_systemd", "reason", "remedy"),
    [
        (True, "Cannot connect to the Docker daemon", "systemctl start docker"),
        (False, "Cannot connect to the Docker daemon", "dockerd &"),
        (True, "permission denied while trying to connect", "usermod -aG docker"),
        (False, "permission denied while trying to connect", "usermod -aG docker"),
    ],
)
def test_the_remedy_for_a_docker_is_one_that_works_here(
    has_systemd: bool, reason: str, remedy: str, tmp_path: Path
) -> None:
    docker = ProgramObservation("docker", "/usr/bin/docker", reason=reason)
    systemd = tmp_path / "systemd"
    if has_systemd:
        systemd.mkdir()
    assert is_systemd_running(systemd) is has_systemd
    finding = worst(judge_docker(DockerObservation(docker, has_systemd=has_systemd)))
    assert finding.remedy.startswith(remedy)


@pytest.mark.parametrize(("has_systemd", "remedy"), [(True, "timedatectl"), (False, "chronyd -q")])
def test_the_remedy_for_a_clock_is_one_that_works_here(has_systemd: bool, remedy: str) -> None:
    clock = ClockObservation("api.example.com", 60.0, 1.0, has_systemd=has_systemd)
    assert worst(judge_clock(clock)).remedy.startswith(remedy)
