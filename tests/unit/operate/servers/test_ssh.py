"""A server that cannot be reached is named with the reason in words."""

import re
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import asyncssh
import pytest

import operate.servers.ssh
from operate.servers.ssh import SshError, SshLink
from operate.stack.facts import DoorFacts


@pytest.fixture
def link(tmp_path: Path) -> Iterator[SshLink]:
    key = tmp_path / "key"
    asyncssh.generate_private_key("ssh-ed25519").write_private_key(key)
    with closing(SshLink("root", key)) as opened:
        yield opened


def server(port: int) -> DoorFacts:
    host_key = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    return DoorFacts("dal05", "a", "127.0.0.1", host_key, "", ("modern",), ssh_port=port)


def failure(link: SshLink, port: int) -> str:
    with pytest.raises(SshError) as raised:
        link.log_in(server(port))
    return str(raised.value)


def test_a_closed_port_and_a_server_that_is_silent(link: SshLink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operate.servers.ssh, "_CONNECT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = int(silent.getsockname()[1])
        assert re.match(
            r"dal05, server a \(127\.0\.0\.1\): (no answer within 0\.2 s|Login timeout)", failure(link, port)
        )
    assert failure(link, port).startswith("dal05, server a (127.0.0.1): connection refused; see")
