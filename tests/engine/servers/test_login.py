"""Whether a server lets the operator in: asked of a real sshd, with every way in which it may not."""

import asyncio
import socket
from pathlib import Path

import pytest

from components.remote import login
from components.remote.login import log_in
from harness.ports import free_port
from tests.engine.ssh_daemon import SshDaemon, make_key


def ask(sshd: SshDaemon, key: Path, *, host_key: str = "", private_key: str = "", port: int = 0) -> str:
    return asyncio.run(
        log_in("127.0.0.1", host_key or sshd.host_key, private_key or key.read_text(), port=port or sshd.port)
    ).failure


def test_a_server_that_lets_the_operator_in(sshd: SshDaemon, client_key: Path) -> None:
    before = sshd.logins()
    assert ask(sshd, client_key) == ""
    assert sshd.logins() == before + 1


def test_a_script_is_run_with_the_login(sshd: SshDaemon, client_key: Path) -> None:
    def output(script: str) -> str:
        key = client_key.read_text()
        return asyncio.run(log_in("127.0.0.1", sshd.host_key, key, script, port=sshd.port)).output

    assert output("echo $((6 * 7))") == "42\n"
    assert output("echo no; exit 1") == ""


def test_another_host_key(sshd: SshDaemon, client_key: Path) -> None:
    other_key = client_key.with_suffix(".pub").read_text()
    assert (
        ask(sshd, client_key, host_key=other_key) == "shows another host key than the one pinned in the stack"
    )


def test_a_server_that_is_off(sshd: SshDaemon, client_key: Path) -> None:
    assert ask(sshd, client_key, port=free_port()) == "Connection refused"


def test_a_server_that_does_not_answer(
    sshd: SshDaemon, client_key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(login, "_PATIENCE_SECONDS", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert ask(sshd, client_key, port=silent.getsockname()[1]) == "no answer within 1 s"


def test_a_server_that_does_not_know_the_key(sshd: SshDaemon, tmp_path: Path) -> None:
    assert "Permission denied" in ask(sshd, make_key(tmp_path / "other"))


def test_what_is_no_key(sshd: SshDaemon, client_key: Path) -> None:
    assert ask(sshd, client_key, private_key="no key") != ""
    assert ask(sshd, client_key, host_key="no key") != ""
