"""`operate ssh`: the system's ssh, to a real sshd, by the pinned host key alone."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from operate.servers.login_failure import LoginFailedError, require_login
from operate.servers.system_ssh import PinnedServer, log_in
from tests.engine.ssh_daemon import SshDaemon


@pytest.fixture
def server(sshd: SshDaemon) -> PinnedServer:
    return PinnedServer("dal05-a", "127.0.0.1", sshd.host_key, sshd.port)


def test_a_command_runs_there_and_its_exit_code_comes_back(
    server: PinnedServer, client_key: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert log_in(server, client_key, ["whoami;", "exit", "7"]) == 7
    assert capfd.readouterr().out == "root\n"


def test_a_server_with_another_key_gets_no_login(
    server: PinnedServer, client_key: Path, sshd: SshDaemon, capfd: pytest.CaptureFixture[str]
) -> None:
    """Nobody is asked, no key is believed because it is shown, and nobody is sent to a known_hosts file."""
    logins = sshd.logins()
    impostor = replace(server, host_key=client_key.with_suffix(".pub").read_text())
    assert log_in(impostor, client_key, ["true"]) == 255
    assert capfd.readouterr().err.splitlines() == ["Host key verification failed."]
    assert sshd.logins() == logins
    with pytest.raises(
        LoginFailedError, match=r"another host key, SHA256:\S+, than the one pinned"
    ) as failed:
        require_login(impostor, client_key)
    assert "`operate recover ENV --accept-host-key dal05-a=SHA256:" in str(failed.value)
    assert failed.value.exit_code == 255
    assert sshd.logins() == logins


def test_a_key_that_a_rotation_has_staged_opens_its_server(server: PinnedServer, client_key: Path) -> None:
    """The stack pins it once the rotation has ended; until then nobody is sent to accept another key."""
    pinned = client_key.with_suffix(".pub").read_text()
    rotated = replace(server, host_key=pinned, staged_host_key=server.host_key)
    assert log_in(rotated, client_key, ["exit", "7"]) == 7
    require_login(rotated, client_key)


def test_a_refused_key_is_distinguished_from_a_server_that_is_off(
    server: PinnedServer, tmp_path: Path
) -> None:
    stranger = tmp_path / "stranger"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", stranger], check=True)
    assert log_in(server, stranger, ["true"]) == 255
    refusal = f"refuses the operator's key .*; check that {stranger} is the stack's key: SOFTLAYER_REGISTRY"
    with pytest.raises(LoginFailedError, match=refusal):
        require_login(server, stranger)
    unreachable = replace(server, port=9)
    assert log_in(unreachable, stranger, ["true"]) == 255
    with pytest.raises(LoginFailedError, match=r"Connect.* failed|refused"):
        require_login(unreachable, stranger)


def test_a_command_that_ends_with_255_itself_is_no_failed_login(
    server: PinnedServer, client_key: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert log_in(server, client_key, ["exit", "255"]) == 255
    require_login(server, client_key)
    assert capfd.readouterr().err == ""
