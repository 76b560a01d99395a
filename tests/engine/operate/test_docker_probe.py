"""Which servers Pulumi can be sent to for their containers: it knows the pinned host key alone."""

from pathlib import Path

import pytest

from operate.servers.host_keys.fingerprint import fingerprint
from operate.servers.system_ssh import PinnedServer
from operate.stack.operator_key import VARIABLE
from operate.stack.probes.docker_probe import docker_probe
from tests.engine.ssh_daemon import SshDaemon
from tests.support.stack_settings import MINIMAL, write_stack_file


@pytest.mark.parametrize("rotated", [True, False])
def test_a_server_that_shows_its_next_key_is_left_out(
    sshd: SshDaemon, client_key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, rotated: bool
) -> None:
    monkeypatch.setenv(VARIABLE, str(client_key))
    pinned = client_key.with_suffix(".pub").read_text().strip()
    note = {"kind": "host-key", "server": "dal05-a", "hostKey": sshd.host_key}
    settings = {**MINIMAL, "rotation": note} if rotated else MINIMAL
    file = write_stack_file(tmp_path / "Pulumi.prod.yaml", settings)
    lines, refusals = list[str](), list[str]()
    server = PinnedServer("dal05-a", "127.0.0.1", pinned, sshd.port)
    assert docker_probe("prod", file, lines.append, refusals.append)([server]) == []
    (line,) = lines
    assert line.startswith("dal05-a: its containers are not looked at: ")
    accepted = f"recover prod --accept-host-key dal05-a={fingerprint(sshd.host_key)}"
    command = "rotate host-key prod --server dal05-a" if rotated else accepted
    assert f"`operate {command}`" in line
    assert bool(refusals) is not rotated, "a recovery ends with what helps"
