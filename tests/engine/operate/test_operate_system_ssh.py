"""`operate ssh`: the system's ssh, to a real sshd, by the pinned host key alone."""

from dataclasses import replace
from pathlib import Path

import pytest

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
    """Nobody is asked, and no key is believed because it is shown."""
    logins = sshd.logins()
    other_key = client_key.with_suffix(".pub").read_text()
    assert log_in(replace(server, host_key=other_key), client_key, ["true"], "a hint\n") == 255
    shown = capfd.readouterr().err
    assert "verification failed" in shown.lower()
    assert shown.endswith("a hint\n")
    assert sshd.logins() == logins
