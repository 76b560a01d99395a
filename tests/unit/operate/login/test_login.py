"""Which clients are logged in, and where their authorities lie."""

from pathlib import Path

import pytest

from operate.error import OperateError
from operate.login.authority import install_authority, remove_authority
from operate.login.client import CLIENTS, Client
from operate.login.login import RegistryLogin, installed_clients, log_in, parse_login
from operate.login.recorded_logins import RecordedLogins
from tests.unit.operate.login.registry_outputs import OUTPUTS


@pytest.fixture
def podman(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with Podman alone."""
    program = tmp_path / "podman"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.mark.usefixtures("podman")
def test_all_that_are_installed_are_taken_and_what_is_named_must_be() -> None:
    assert [client.program for client in installed_clients([])] == ["podman"]
    with pytest.raises(OperateError, match="docker: not installed on this machine"):
        installed_clients(["docker"])
    with pytest.raises(
        OperateError, match="--client must be one of docker, podman, skopeo, got dokcer; nearest is docker"
    ):
        installed_clients(["dokcer"])


def test_a_machine_without_a_stack_gets_the_list_of_stacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(OperateError, match="install one of docker, podman, skopeo"):
        installed_clients([])


def test_a_registry_is_read_without_showing_its_password() -> None:
    login = parse_login("prod", OUTPUTS)
    assert (login.address, login.user, login.authority) == ("192.0.2.1:5000", "docker", "PEM")
    assert "a secret" not in repr(login)
    with pytest.raises(OperateError, match=r"environment prod: it has no output endpoint.*pulumi up"):
        parse_login("prod", {**OUTPUTS, "endpoint": None})


@pytest.mark.parametrize("client", CLIENTS.values(), ids=CLIENTS)
def test_the_password_is_on_no_command_line(client: Client) -> None:
    assert "--password-stdin" in client.login("r:5000", "docker")
    assert client.authority_file("r:5000").name == "ca.crt"
    assert client.authority_file("r:5000").parent.name == "r:5000"


def test_an_authority_comes_and_goes_and_what_others_put_there_stays(tmp_path: Path) -> None:
    file = tmp_path / "certs.d" / "r:5000" / "ca.crt"
    install_authority(file, "PEM")
    install_authority(file, "PEM")
    assert file.read_text() == "PEM"
    (file.parent / "client.cert").write_text("theirs")
    remove_authority(file)
    assert [path.name for path in file.parent.iterdir()] == ["client.cert"]
    (file.parent / "client.cert").unlink()
    remove_authority(file)
    assert not file.parent.exists()
    install_authority(file, "")
    assert not file.exists()


def test_a_folder_that_cannot_be_written_is_reported_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "r").write_text("a file in the place of the folder")
    with pytest.raises(OperateError, match=r"cannot be written.*sudo -E"):
        install_authority(tmp_path / "r" / "ca.crt", "PEM")


@pytest.fixture
def recorded(tmp_path: Path) -> RecordedLogins:
    return RecordedLogins(tmp_path / "state" / "logins.json", "prod")


def test_folders_that_a_login_cannot_finish_are_removed(tmp_path: Path, recorded: RecordedLogins) -> None:
    """A folder in the place of the file stands for a place that cannot be written."""
    client = Client("refusing", str(tmp_path / "certs.d"))
    client.authority_file("r:5000").mkdir(parents=True)
    (result,) = log_in([client], RegistryLogin("r:5000", "u", "p", "PEM"), recorded)
    assert "cannot be written (IsADirectoryError)" in result.failure
    assert client.authority_file("r:5000").is_dir()
