"""Which server `operate ssh` means, and the command that it starts."""

from pathlib import Path

import pytest

from operate.error import OperateError
from operate.servers.system_ssh import PinnedServer, choose_server, pinned_servers

KEY = "ssh-ed25519 AAAA"
STATE = {
    "dal05-a": ("1", {"publicIp": "192.0.2.1", "privateIp": "10.0.0.1", "sshHostKey": KEY}),
    "dal05-b": ("2", {"publicIp": "", "privateIp": "10.0.0.2", "sshHostKey": KEY}),
    "ams01-b": ("3", {"publicIp": "192.0.2.3", "sshHostKey": KEY}),
    "dal05-new": ("4", {"publicIp": "192.0.2.4", "sshHostKey": ""}),
}


def test_a_server_is_named_with_or_without_its_datacenter() -> None:
    servers = pinned_servers(STATE)
    assert choose_server("prod", "a", servers) == PinnedServer("dal05-a", "192.0.2.1", KEY)
    assert choose_server("prod", "dal05-b", servers).address == "10.0.0.2"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("b", "environment prod: several servers are called b; servers are ams01-b, dal05-a, dal05-b"),
        ("dal50-a", "no server is called dal50-a; nearest .*dal05-a.*; servers with a pinned host key are"),
        ("dal05-new", "no server is called dal05-new"),
    ],
)
def test_what_names_no_server_is_answered_with_those_there_are(name: str, message: str) -> None:
    with pytest.raises(OperateError, match=message):
        choose_server("prod", name, pinned_servers(STATE))


def test_the_pinned_key_alone_is_believed() -> None:
    server = PinnedServer("dal05-a", "192.0.2.1", f"{KEY}\n", 2222)
    words = server.command(Path("/keys/mine"), Path("/a b/known_hosts"), ["docker", "ps"])
    assert words[-4:] == ["2222", "root@192.0.2.1", "docker", "ps"]
    options = {words[place + 1] for place, word in enumerate(words) if word == "-o"}
    assert {"StrictHostKeyChecking=yes", "GlobalKnownHostsFile=/dev/null", "IdentitiesOnly=yes"} <= options
    assert 'UserKnownHostsFile="/a b/known_hosts"' in options
    assert server.known_hosts_lines == f"dal05-a {KEY}\n"


def test_the_key_that_a_rotation_has_staged_is_believed_as_well() -> None:
    server = PinnedServer("dal05-a", "192.0.2.1", f"{KEY}\n", staged_host_key="ssh-ed25519 AAAAnext")
    assert server.known_hosts_lines == f"dal05-a {KEY}\ndal05-a ssh-ed25519 AAAAnext\n"
