"""The first login to a server: a real sshd that does not prove the one-time key gets nothing."""

import asyncio
from pathlib import Path

import pytest

from harness.ports import free_port
from provider.cancellation_token import CancellationToken
from provider.errors import FirstContactError, WaitTimeoutError
from provider.host_keys import first_contact
from provider.host_keys.first_contact import Endpoint, exchange_host_key, locate_key
from provider.host_keys.one_time_key import generate_one_time_key
from tests.engine.ssh_daemon import SshDaemon, make_key


def exchange(port: int, key: Path, one_time: str, seconds: float = 1.0) -> str:
    return asyncio.run(
        exchange_host_key(Endpoint("127.0.0.1", key, port), one_time, seconds, CancellationToken())
    )


def ecdsa_key(sshd: SshDaemon) -> str:
    return " ".join((sshd.log.parent / "ecdsa.pub").read_text().split()[:2])


def test_whoever_stands_between_is_not_logged_in_to(sshd: SshDaemon, client_key: Path) -> None:
    before = sshd.logins()
    with pytest.raises(FirstContactError, match="does not prove the one-time host key"):
        exchange(sshd.port, client_key, generate_one_time_key().public)
    assert sshd.logins() == before


def test_a_key_that_the_server_does_not_know(sshd: SshDaemon, tmp_path: Path) -> None:
    with pytest.raises(FirstContactError, match=r"does not let the key .*other in"):
        exchange(sshd.port, make_key(tmp_path / "other"), ecdsa_key(sshd))


def test_a_server_that_fails_to_make_a_key_is_an_error(
    sshd: SshDaemon, client_key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "script"
    script.write_text("echo 'the disk is full' >&2; exit 1\n")
    monkeypatch.setattr(first_contact, "_SCRIPT", script)
    with pytest.raises(FirstContactError, match="cannot make a fresh host key: the disk is full"):
        exchange(sshd.port, client_key, ecdsa_key(sshd))


def test_the_fresh_key_is_proved_by_a_second_login(
    sshd: SshDaemon, client_key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script, before = tmp_path / "script", sshd.logins()
    monkeypatch.setattr(first_contact, "_SCRIPT", script)
    script.write_text(f"echo '{sshd.host_key.rpartition(' ')[0]}'\n")
    assert exchange(sshd.port, client_key, ecdsa_key(sshd), 10) == sshd.host_key.rpartition(" ")[0]
    assert sshd.logins() == before + 2
    script.write_text(f"cat {client_key}.pub | cut -d ' ' -f 1,2\n")
    with pytest.raises(FirstContactError, match="does not prove the fresh host key"):
        exchange(sshd.port, client_key, ecdsa_key(sshd), 3)


def test_a_server_that_is_silent_and_a_key_that_is_missing(client_key: Path, tmp_path: Path) -> None:
    one_time = generate_one_time_key().public
    with pytest.raises(WaitTimeoutError, match="did not answer within 1 s"):
        exchange(free_port(), client_key, one_time)
    with pytest.raises(FirstContactError, match=r"cannot be read .*SOFTLAYER_REGISTRY_SSH_KEY"):
        exchange(free_port(), tmp_path / "nothing", one_time)


def test_each_operator_has_the_key_where_it_is_convenient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ann")
    monkeypatch.delenv("SOFTLAYER_REGISTRY_SSH_KEY", raising=False)
    assert locate_key("~/.ssh/registry") == Path("/home/ann/.ssh/registry")
    monkeypatch.setenv("SOFTLAYER_REGISTRY_SSH_KEY", "/keys/mine")
    assert locate_key("~/.ssh/registry") == Path("/keys/mine")
