"""The command line's own part: its options, and how it refuses."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from operate.cli.command_line import app


def run(*arguments: str, **variables: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["migrate", *arguments], env=variables)
    return result.exit_code, result.output


def test_without_ends_all_that_is_missing_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MIGRATE_SWIFT_KEY", raising=False)
    code, output = run("--container", "docker", MIGRATE_REGISTRY_PASSWORD="x")
    assert code == 3
    assert len(output.splitlines()) == 1
    assert "--auth-url, --username, --key-file or MIGRATE_SWIFT_KEY, --registry, --user" in output


def test_a_secret_comes_from_its_file_first(tmp_path: Path) -> None:
    secret = tmp_path / "key"
    secret.write_text("from the file\n")
    code, output = run("--key-file", str(secret), "--registry", "nowhere", MIGRATE_SWIFT_KEY="")
    assert code == 3
    assert "--key-file" not in output
    assert "from the file" not in output


@pytest.mark.parametrize("option", ["--key-file", "--password-file", "--authority"])
def test_a_file_that_cannot_be_read_is_reported(option: str, tmp_path: Path) -> None:
    code, output = run(option, str(tmp_path / "absent"))
    assert code == 1
    assert output.startswith(f"operate: file {tmp_path}/absent: cannot be read")


def test_no_secret_is_an_argument() -> None:
    code, output = run("--help")
    assert code == 0
    assert "--key " not in output
    assert "--password " not in output


def test_jobs_are_at_least_one() -> None:
    assert run("--jobs", "0")[0] == 2
