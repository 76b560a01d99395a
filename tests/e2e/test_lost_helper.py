"""A standby and a client that are off, a client with another host key: swaps go on, and they come back."""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import yaml

from tests.cloud.waiting import until
from tests.e2e.account import client
from tests.e2e.conftest import Registry
from tests.e2e.example_stack import ExampleStack, standing
from tests.e2e.quick_swap import QUICK

pytestmark = pytest.mark.expected_seconds(130)

SHAPE = {"datacenter": "dal05", "os": "DEBIAN_12_64", "cpus": 1, "memory": 1024}
SERVERS = [
    {**SHAPE, "name": "a", "memory": 2048, "frontDoor": True},
    {**SHAPE, "name": "client", "role": "client"},
    {**SHAPE, "name": "stand"},
]
REKEY = (
    "rm /etc/ssh/ssh_host_*; ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key;"
    " systemctl restart ssh"
)
UP = ("up", "--yes", "--skip-preview")


@dataclass(frozen=True)
class Helped:
    """A registry on one server, with two that help."""

    registry: Registry
    stack: ExampleStack

    def address(self, server: str) -> str:
        """Where a server is reached."""
        return str(self._server(server)["address"])

    def power(self, verb: str, *servers: str) -> None:
        """Switch servers off or on, as in the portal: `powerOff` or `powerOn`."""
        for server in servers:
            client(self.registry.environment).call(
                "Virtual_Guest", verb, id=int(str(self._server(server)["id"]))
            )

    def answers(self, server: str) -> bool:
        """Whether a server lets the operator in."""
        try:
            return self.registry.ssh_to(self.address(server), "true", seconds=5).returncode == 0
        except subprocess.TimeoutExpired:
            return False

    def images(self, server: str) -> str:
        """Images on a server."""
        return self.registry.ssh_to(self.address(server), "docker images --no-trunc --quiet").stdout

    def swap(self, release: str) -> str:
        """Bring a release live; the lines of its progress."""
        done = self.stack.operate("swap", "--to", release, "--set", "memory=300", *QUICK)
        assert done.returncode == 0, done.stderr
        return done.stderr

    def _server(self, server: str) -> dict[str, object]:
        servers = self.stack.outputs()["servers"]
        assert isinstance(servers, dict)
        summary: dict[str, object] = servers[f"dal05-{server}"]
        return summary


@pytest.fixture(scope="module")
def helped(registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Helped]:
    settings = yaml.safe_load(registry.environment.stack_file.read_text())["config"]
    settings |= {
        "softlayer-registry:servers": SERVERS,
        "softlayer-registry:objectContainer": "helped",
        "softlayer-registry:releases": {"1": {"memory": 256}},
        "softlayer-registry:red": "1",
    }
    stack = ExampleStack(registry, tmp_path_factory.mktemp("helped"), yaml.safe_dump({"config": settings}))
    with standing(stack):
        yield Helped(registry, stack)


def test_a_swap_goes_on_without_its_helpers(helped: Helped) -> None:
    helped.power("powerOff", "stand", "client")
    until(lambda: not helped.answers("stand") and not helped.answers("client"), "they are off", 60)
    progress = helped.swap("2")
    for server in ("stand", "client"):
        assert f"warning: dal05-{server} ({helped.address(server)}) cannot be worked on: " in progress
    assert json.loads(helped.stack.operate("status", "--json").stdout)["live"] == "black"


def test_what_was_left_out_is_done_once_they_answer(helped: Helped) -> None:
    helped.power("powerOn", "stand", "client")
    until(lambda: helped.answers("stand") and helped.answers("client"), "they are on", 120)
    missing = helped.registry.ssh_to(helped.address("stand"), "docker image rm --force $(docker images -q)")
    assert missing.returncode == 0, missing.stderr
    done = helped.stack.act(*UP)
    assert done.returncode == 0, done.stdout
    assert "cannot be worked on" not in done.stdout
    assert helped.images("stand"), "the standby has its image again"
    again = helped.stack.act(*UP, "--expect-no-changes")
    assert again.returncode == 0, again.stdout


def test_a_client_with_another_host_key_stops_no_swap(helped: Helped) -> None:
    rekeyed = helped.registry.ssh_to(helped.address("client"), REKEY)
    assert rekeyed.returncode == 0, rekeyed.stderr
    progress = helped.swap("3")
    lost = f"dal05-client ({helped.address('client')})"
    assert f"warning: {lost} cannot be worked on: shows another host key" in progress
    assert "dal05-stand" not in progress
    assert json.loads(helped.stack.operate("status", "--json").stdout)["live"] == "red"
