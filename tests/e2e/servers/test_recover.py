"""Whatever happens to a server in the portal, `operate recover` repairs it, whatever other servers do."""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import yaml

from harness.clients.blobs import push_blob
from harness.clients.registry_client import SlowPull
from harness.runbook import command
from harness.stack.account import client
from harness.stack.example_stack import ExampleStack, standing
from harness.stack.live_stack import LiveRegistry
from harness.waiting import until
from tests.e2e.servers.helper_stack import REKEY, SHAPE

pytestmark = pytest.mark.expected_seconds(230)

SERVERS = [
    {**SHAPE, "name": "a", "memory": 2048, "frontDoor": True},
    {**SHAPE, "name": "c", "role": "client"},
]
PROTECTED, UNPROTECTED = (dict.fromkeys(("servers", "images", "addresses"), word) for word in (True, False))
FINGERPRINT = command("lost-server", "It was reloaded in the portal, or shows another host key/1", 1)


@dataclass(frozen=True)
class Recovered:
    """A stack with a registry's server and a client.

    Attributes:
        registry: of all tests.
        stack: the stack.
        blob: digest of what was pushed before anything happened.
    """

    registry: LiveRegistry
    stack: ExampleStack
    blob: str

    def call(self, method: str, server: str, *arguments: object) -> None:
        """Do something to a server in the portal."""
        number = int(str(self._server(server)["id"]))
        client(self.registry.environment).call("Virtual_Guest", method, *arguments, id=number)

    def reload(self, server: str) -> None:
        """Reload a server with the account's keys, and wait until it is there again."""
        before = self.fingerprint(server)
        keys = [key["id"] for key in client(self.registry.environment).call("Account", "getSshKeys")]
        self.call("reloadOperatingSystem", server, "FORCE", {"sshKeyIds": keys})
        until(lambda: self.fingerprint(server) not in ("", before), "it was reloaded", 120)

    def run(self, server: str, command: str, *, seconds: int = 60) -> "subprocess.CompletedProcess[str]":
        """Run a command on a server, whatever host key it shows."""
        return self.registry.ssh_to(str(self._server(server)["address"]), command, seconds=seconds)

    def fingerprint(self, server: str) -> str:
        """The fingerprint that the server's console shows; "" where it does not answer."""
        try:
            printed = self.run(server, FINGERPRINT, seconds=10).stdout.split()
        except subprocess.TimeoutExpired:
            return ""
        return printed[1] if len(printed) > 1 else ""

    def check_pull(self) -> None:
        """Pull what was pushed before."""
        assert SlowPull(self.stack.client(), f"/v2/kept/blobs/{self.blob}").begin().end() == self.blob

    def _server(self, server: str) -> dict[str, object]:
        servers = self.stack.outputs()["servers"]
        assert isinstance(servers, dict)
        summary: dict[str, object] = servers[f"dal05-{server}"]
        return summary


def unprotect(stack: ExampleStack) -> str:
    """Let the stack be destroyed, unless it may be already; what `pulumi up` printed."""
    settings = yaml.safe_load(stack.file.read_text())
    if settings["config"].pop("softlayer-registry:protect") == UNPROTECTED:
        return ""
    settings["config"]["softlayer-registry:protect"] = UNPROTECTED
    stack.file.write_text(yaml.safe_dump(settings))
    done = stack.act("up", "--yes", "--skip-preview")
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def recovered(registry: LiveRegistry, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recovered]:
    settings = yaml.safe_load(registry.environment.stack_file.read_text())["config"]
    settings |= {
        "softlayer-registry:servers": SERVERS,
        "softlayer-registry:objectContainer": "recovered",
        "softlayer-registry:registryListen": "public",
        # Each server lets its peers in: one that is ordered again is another peer for all others.
        "softlayer-registry:firewall": True,
        "softlayer-registry:sshFrom": ["10.0.0.0/8"],
        "softlayer-registry:protect": PROTECTED,
    }
    stack = ExampleStack(registry, tmp_path_factory.mktemp("recovered"), yaml.safe_dump({"config": settings}))
    with standing(stack):
        connected = stack.client()
        blob = push_blob(connected.connect, connected.headers, "kept", b"k" * 100_000)
        yield Recovered(registry, stack, blob)
        unprotect(stack)


def test_a_registry_s_server_that_was_reloaded_in_the_portal_is_set_up_again(recovered: Recovered) -> None:
    recovered.reload("a")
    refused = recovered.stack.follow(
        "lost-server", "It was reloaded in the portal, or shows another host key/1", "--yes"
    )
    assert refused.returncode == 1, refused.stderr
    fingerprint = recovered.fingerprint("a")
    assert f"It shows {fingerprint}" in refused.stderr, refused.stderr
    assert "its system was reloaded, or its pinned host key given up: dal05-a" in refused.stderr
    back = recovered.stack.follow(
        "lost-server", "It was reloaded in the portal, or shows another host key/2",
        "--yes", "--json", SERVER="a",
    )  # fmt: skip
    assert back.returncode == 0, back.stderr
    assert f"host key ok: dal05-a shows {fingerprint}" in back.stderr
    assert json.loads(back.stdout)["missing"] == []
    recovered.check_pull()


def test_a_client_s_new_host_key_is_pinned_by_one_command(recovered: Recovered) -> None:
    rekeyed = recovered.run("c", REKEY)
    assert rekeyed.returncode == 0, rekeyed.stderr
    fingerprint = recovered.fingerprint("c")
    # And a container that somebody removed is made again by the same command.
    assert recovered.run("a", "docker rm --force registry-1").returncode == 0
    back = recovered.stack.follow("lost-helper", "2", "--yes", SERVER="c")
    assert back.returncode == 0, back.stderr
    assert f"host key ok: dal05-c shows {fingerprint}" in back.stderr
    assert "cannot be worked on" not in back.stderr
    recovered.check_pull()


def test_a_helper_that_is_off_stands_in_no_way_where_nothing_is_missing(recovered: Recovered) -> None:
    recovered.call("powerOff", "c")
    until(lambda: recovered.fingerprint("c") == "", "it is off", 60)
    back = recovered.stack.operate("recover")
    assert back.returncode == 0, back.stderr
    assert "account ok: it has every server" in back.stderr
    assert "dal05-c" in back.stderr, "it is named in a warning"


def test_a_registry_s_server_that_was_cancelled_is_ordered_again_while_all_is_protected(
    recovered: Recovered,
) -> None:
    recovered.call("deleteObject", "a")
    back = recovered.stack.operate("recover", "--yes", "--json")
    assert back.returncode == 0, back.stderr
    assert json.loads(back.stdout)["missing"] == ["dal05-a"]
    recovered.check_pull()


def test_what_was_changed_on_a_helper_is_done_once_it_answers(recovered: Recovered) -> None:
    """The registry's server has another private address, by which the client's firewall lets it in."""
    recovered.call("powerOn", "c")
    until(lambda: recovered.fingerprint("c") != "", "it is on", 120)
    printed = unprotect(recovered.stack)
    assert "cannot be worked on" not in printed
    rules = recovered.run("c", "iptables-save").stdout
    servers = recovered.stack.outputs()["servers"]
    assert isinstance(servers, dict)
    assert servers["dal05-a"]["privateIp"] in rules, rules
    again = recovered.stack.act("up", "--yes", "--skip-preview", "--expect-no-changes")
    assert again.returncode == 0, again.stdout
