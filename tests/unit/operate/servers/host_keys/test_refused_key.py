"""A server that shows another host key than the pinned one, met by Pulumi: what it is, and what helps."""

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
import yaml
from pulumi import automation

from operate.clock import SystemClock
from operate.error import OperateError
from operate.servers.host_keys.refused_key import host_key_remedy
from operate.stack.automation.pulumi_failure import describe_failure
from operate.stack.automation.pulumi_stack import PulumiStack
from operate.stack.automation.pulumi_workspace import StackPlace

COMMAND = """
Diagnostics:
  pulumi:pulumi:Stack (softlayer-registry-prod):
    error: update failed

  command:remote:Command (dal05-b-bridge-guard):
    error: ssh: handshake failed: ssh: host key mismatch
"""
OWN_COMMAND = """
Diagnostics:
  command:remote:Command (dal05-b-bridge-guard):
    error: create command: 192.0.2.2:22 shows the host key SHA256:aa, not SHA256:bb \
as connection.hostKey says: it is another machine, or was reinstalled; nothing was sent to it
"""
DOCKER = """
Diagnostics:
  docker:index:Container (dal05-b-modern-red):
    error: error pinging Docker server: error during connect: Get "http://docker.example.com/_ping": \
command [ssh ...] has exited with exit status 255, stderr=Host key verification failed.
"""
FRAME = """
Diagnostics:
  docker:index:Container (dal05-b-modern-red):
    error: sdk-v2/provider2.go:572: failed to create Docker client: error during connect: \
command [ssh -l root -- 192.0.2.2 docker] has exited with exit status 255, stderr=@@@@@@@@@@@@@@@@
"""
NAMELESS = """
error: 1 error occurred:
    * Host key verification failed.
"""
SERVERS = ("dal05-a", "dal05-b")
ROTATED = (
    "dal05-b shows another SSH host key than the pinned one: its rotation has begun and is not finished;"
    " `operate rotate host-key ENV --server dal05-b` ends it, then run the command again"
)


@pytest.mark.parametrize("output", [COMMAND, OWN_COMMAND, DOCKER, FRAME])
def test_the_server_is_named_with_what_helps(output: str) -> None:
    assert host_key_remedy(output, SERVERS) == (
        "dal05-b shows another SSH host key than the pinned one; compare it with the server's console, then"
        " `operate recover ENV --accept-host-key dal05-b`: see docs/runbooks/lost-server.md"
    )
    assert host_key_remedy(output, SERVERS, "dal05-b") == ROTATED
    assert "--accept-host-key dal05-b" in host_key_remedy(output, SERVERS, "dal05-a"), "another server's"


def test_where_no_resource_is_named_the_rotation_is_the_reason() -> None:
    assert host_key_remedy(NAMELESS, SERVERS, "dal05-a").startswith("dal05-a shows another SSH host key")
    assert "`operate doctor ENV` names it" in host_key_remedy(NAMELESS, SERVERS)
    assert host_key_remedy(COMMAND, (), "dal05-a").startswith("dal05-a shows another SSH host key")


def test_another_failure_has_no_such_remedy() -> None:
    assert host_key_remedy("error: create command on 192.0.2.1:22: failed", SERVERS, "dal05-b") == ""


@pytest.mark.parametrize("output", [COMMAND, OWN_COMMAND, DOCKER, FRAME])
def test_the_words_of_pulumi_are_not_shown(output: str) -> None:
    assert describe_failure(RuntimeError(output), servers=SERVERS, rotated_server="dal05-b") == ROTATED


@pytest.mark.parametrize("is_rotated", [True, False])
def test_every_command_that_runs_pulumi_reports_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_rotated: bool
) -> None:
    """The server shows the key that it has made, and no command has pinned it yet."""
    file = tmp_path / "Pulumi.prod.yaml"
    note = {"kind": "host-key", "server": "dal05-b", "hostKey": "ssh-ed25519 AAAA"}
    config = {"softlayer-registry:rotation": note} if is_rotated else {}
    file.write_text(yaml.safe_dump({"config": config}))
    urns = [f"urn:pulumi:prod::softlayer-registry::softlayer:index:VirtualGuest::{name}" for name in SERVERS]
    resources = [{"urn": urn, "type": "softlayer:index:VirtualGuest"} for urn in urns]

    def fail(**_: object) -> None:
        raise RuntimeError(COMMAND)

    fake = SimpleNamespace(
        up=fail,
        export_stack=lambda: automation.Deployment(3, {"resources": resources}),
        workspace=SimpleNamespace(stack_outputs=lambda _: {}),
        name="prod",
    )
    monkeypatch.setattr("pulumi.automation._cmd.subprocess.check_output", lambda *_, **__: b"v3.259.0\n")
    place = StackPlace("prod", file)
    stack = PulumiStack(
        place, SystemClock(), make=lambda *_: cast(automation.Stack, fake), installed=lambda _: ()
    )
    with pytest.raises(OperateError) as failed:
        stack.restore()
    remedy = "rotate host-key ENV --server dal05-b" if is_rotated else "--accept-host-key dal05-b"
    assert str(failed.value).startswith("environment prod: up: dal05-b shows another SSH host key")
    assert remedy in str(failed.value)
    assert "handshake" not in str(failed.value)
