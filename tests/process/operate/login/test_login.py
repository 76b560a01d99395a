"""What clients leave behind that fail, and what is reported of them."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from operate.cli.command_line import app
from operate.login.authority import install_authority
from operate.login.client import Client
from operate.login.login import RegistryLogin, log_in
from operate.login.recorded_logins import RecordedLogins
from tests.unit.operate.login.registry_outputs import OUTPUTS


@pytest.fixture
def refusing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Client:
    """A client that cannot write where it keeps its logins, as with a home that is read-only."""
    program = tmp_path / "bin" / "refusing"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho 'read-only file system' >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    return Client("refusing", str(tmp_path / "etc" / "certs.d"))


@pytest.fixture
def recorded(tmp_path: Path) -> RecordedLogins:
    return RecordedLogins(tmp_path / "state" / "logins.json", "prod")


def test_nothing_is_left_of_a_login_that_failed(
    refusing: Client, recorded: RecordedLogins, tmp_path: Path
) -> None:
    (result,) = log_in([refusing], RegistryLogin("r:5000", "docker", "a secret", "PEM"), recorded)
    assert result.failure == "login: read-only file system"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bin", "state"]
    assert recorded.addresses("refusing") == []


def test_a_login_that_failed_leaves_the_authority_of_the_one_before(
    refusing: Client, recorded: RecordedLogins
) -> None:
    file = refusing.authority_file("r:5000")
    install_authority(file, "before")
    assert [
        result.failure for result in log_in([refusing], RegistryLogin("r:5000", "u", "p", "PEM"), recorded)
    ] != [""]
    assert file.read_text() == "before"
    (file.parent.parent / "s:5000").mkdir()
    assert [
        result.failure for result in log_in([refusing], RegistryLogin("s:5000", "u", "p", "PEM"), recorded)
    ] != [""]
    assert [path.name for path in (file.parent.parent / "s:5000").iterdir()] == []


@pytest.mark.parametrize("command", ["login", "logout"])
@pytest.mark.parametrize(("failing", "code"), [("podman", 1), ("nothing", 0)])
def test_one_client_that_fails_fails_the_command_once_all_are_done(
    command: str, failing: str, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("podman", "skopeo"):
        program = tmp_path / name
        program.write_text(
            f"#!/bin/sh\n[ {name} != {failing} ] || {{ echo 'Error: no conmon' >&2; exit 125; }}\n"
        )
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr("operate.cli.commands.login._outputs", lambda *_: OUTPUTS)
    clients = ["--client", "podman", "--client", "skopeo"]
    result = CliRunner().invoke(app, [command, "prod", *clients])
    assert result.exit_code == code
    assert ("podman: " + (f"192.0.2.1:5000: {command}: no conmon" if code else "logged ")) in result.stdout
    assert "skopeo: logged " in result.stdout
    as_json = CliRunner().invoke(app, [command, "prod", "--json", *clients])
    failures = [client["failure"] for client in json.loads(as_json.stdout)["clients"]]
    assert as_json.exit_code == code
    assert failures == [f"{command}: no conmon" if code else None, None]
