"""How the command plugin connects: host keys, retries, time limits, bastions and keys."""

import os
import socket
import subprocess
import threading
import time
from pathlib import Path

import grpc
import pytest

from harness.ports import free_port
from tests.engine.plugin import Plugin
from tests.engine.ssh_daemon import SshDaemon, make_key, ssh_daemon
from tests.engine.wire import Properties

COMMAND = "command:remote:Command"


def failure(command: Plugin, connection: Properties) -> str:
    with pytest.raises(grpc.RpcError) as failed:
        command.create(COMMAND, {"connection": connection, "create": "true"})
    return str(failed.value.details())


@pytest.mark.parametrize("kind", ["rsa", "ecdsa", "ed25519"])
def test_any_of_a_machines_host_keys_will_do(
    command: Plugin, sshd: SshDaemon, connection: Properties, kind: str
) -> None:
    key = (sshd.log.parent / f"{kind}.pub").read_text()
    created = command.create(COMMAND, {"connection": {**connection, "hostKey": key}, "create": "echo in"})
    assert created.state["stdout"] == "in"


def test_another_host_key_is_refused_at_once_and_before_any_login(
    command: Plugin, sshd: SshDaemon, connection: Properties, tmp_path: Path
) -> None:
    other_key = make_key(tmp_path / "other").with_suffix(".pub").read_text()
    connections, logins = sshd.connections(), sshd.logins()
    message = failure(command, {**connection, "hostKey": other_key, "dialErrorLimit": 10})
    assert "host key" in message
    assert f"127.0.0.1:{sshd.port}" in message
    assert sshd.connections() == connections + 1
    assert sshd.logins() == logins


@pytest.mark.parametrize("host_key", [None, ""])
def test_without_a_host_key_nothing_is_dialled(
    command: Plugin, sshd: SshDaemon, connection: Properties, host_key: str | None
) -> None:
    connections = sshd.connections()
    message = failure(command, {**connection, "hostKey": host_key})
    assert f"connection.hostKey of 127.0.0.1:{sshd.port} is empty" in message
    assert sshd.connections() == connections


@pytest.mark.parametrize(("limit", "dials"), [(0, 1), (2, 3)])
def test_dials_as_often_as_the_limit_allows(
    command: Plugin, connection: Properties, limit: int, dials: int
) -> None:
    port = free_port()
    message = failure(command, {**connection, "port": port, "dialErrorLimit": limit})
    assert f"{dials} dials failed" in message
    assert f"127.0.0.1:{port}" in message


def test_a_machine_that_comes_up_late_is_reached(
    command: Plugin, connection: Properties, client_key: Path, tmp_path: Path
) -> None:
    port = free_port()
    (tmp_path / "late").mkdir()
    key = make_key(tmp_path / "late" / "ed25519").with_suffix(".pub")
    target = {**connection, "port": port, "dialErrorLimit": 30, "hostKey": key.read_text()}
    outputs: list[str] = []

    def create() -> None:
        outputs.append(command.create(COMMAND, {"connection": target, "create": "echo late"}).state["stdout"])

    thread = threading.Thread(target=create)
    thread.start()
    with ssh_daemon(tmp_path / "late", client_key.with_suffix(".pub"), port):
        thread.join(timeout=60)
    assert outputs == ["late"]


def test_a_machine_that_reports_nothing_is_given_up_after_the_time_limit(
    command: Plugin, connection: Properties
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        target = {**connection, "port": silent.getsockname()[1], "perDialTimeout": 1}
        started = time.monotonic()
        message = failure(command, target)
        took = time.monotonic() - started
    assert "no login within 1s" in message
    assert 0.9 < took < 10


def test_a_wrong_key_reports_who_could_not_log_in_where(
    command: Plugin, sshd: SshDaemon, connection: Properties, tmp_path: Path
) -> None:
    other_key = make_key(tmp_path / "other").read_text()
    message = failure(command, {**connection, "privateKey": other_key})
    assert f"cannot log in to 127.0.0.1:{sshd.port} as root" in message
    assert other_key.splitlines()[1] not in message


def test_an_encrypted_key_needs_its_password(
    command: Plugin, sshd: SshDaemon, connection: Properties, tmp_path: Path, client_key: Path
) -> None:
    locked = tmp_path / "locked"
    locked.write_text(client_key.read_text())
    locked.chmod(0o600)
    subprocess.run(["ssh-keygen", "-q", "-p", "-P", "", "-N", "open sesame", "-f", str(locked)], check=True)
    target = {**connection, "privateKey": locked.read_text()}
    assert "privateKeyPassword" in failure(command, target)
    created = command.create(
        COMMAND, {"connection": {**target, "privateKeyPassword": "open sesame"}, "create": "echo in"}
    )
    assert created.state["stdout"] == "in"


def test_an_agent_holds_the_key(
    command: Plugin, connection: Properties, client_key: Path, tmp_path: Path
) -> None:
    socket_path = tmp_path / "agent"
    agent = subprocess.Popen(["ssh-agent", "-D", "-a", str(socket_path)], stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 10
        while not socket_path.exists():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        variables = {**os.environ, "SSH_AUTH_SOCK": str(socket_path)}
        subprocess.run(["ssh-add", "-q", str(client_key)], env=variables, check=True)
        del connection["privateKey"]
        created = command.create(
            COMMAND,
            {"connection": {**connection, "agentSocketPath": str(socket_path)}, "create": "echo in"},
        )
    finally:
        agent.terminate()
        agent.wait()
    assert created.state["stdout"] == "in"


def test_a_bastion_is_gone_through_with_both_host_keys_checked(
    command: Plugin, sshd: SshDaemon, connection: Properties, client_key: Path, tmp_path: Path
) -> None:
    with ssh_daemon(tmp_path / "bastion", client_key.with_suffix(".pub")) as bastion:
        proxy = {**connection, "port": bastion.port, "hostKey": bastion.host_key}
        created = command.create(
            COMMAND, {"connection": {**connection, "proxy": proxy}, "create": "echo $SSH_CONNECTION"}
        )
        assert str(sshd.port) in created.state["stdout"]
        assert bastion.logins() == 1
        wrong = {**proxy, "hostKey": sshd.host_key}
        message = failure(command, {**connection, "proxy": wrong})
        assert "bastion" in message
        assert "host key" in message
        message = failure(command, {**connection, "hostKey": bastion.host_key, "proxy": proxy})
        assert f"127.0.0.1:{sshd.port} shows the host key" in message


def test_a_connection_cut_in_the_middle_of_a_command_is_an_error(
    command: Plugin, connection: Properties
) -> None:
    # The parent of the command's shell is the sshd process of this connection.
    with pytest.raises(grpc.RpcError, match="connection ended before the command did"):
        command.create(COMMAND, {"connection": connection, "create": "kill -KILL $PPID; sleep 20"})
