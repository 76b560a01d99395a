"""Servers that only help are lost, and swaps go on; the registry is lost, and a standby takes over."""

import json
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
import yaml

from harness.clients.blobs import push_blob
from harness.clients.registry_client import SlowPull
from harness.stack.account import client
from harness.stack.example_stack import ExampleStack, standing
from harness.stack.live_stack import LiveRegistry
from harness.stack.quick_swap import QUICK
from harness.waiting import until
from tests.e2e.door_watch import Watch
from tests.e2e.servers.helper_stack import REKEY, SHAPE
from tests.support.campaign import by_turns, only_in_soak

pytestmark = [pytest.mark.expected_seconds(220), *by_turns(2)]

SERVERS = [
    {**SHAPE, "name": "a", "memory": 2048, "frontDoor": True},
    {**SHAPE, "name": "client", "role": "client"},
    {**SHAPE, "name": "stand"},
]
UP = ("up", "--yes", "--skip-preview")


@dataclass(frozen=True)
class Helped:
    """A registry on one server, with two that help."""

    registry: LiveRegistry
    stack: ExampleStack

    def address(self, server: str) -> str:
        """Where a server is reached."""
        return str(self._server(server)["address"])

    def identifier(self, server: str) -> str:
        """Number of a server in the account."""
        return str(int(str(self._server(server)["id"])))

    def power(self, verb: str, *servers: str) -> None:
        """Switch servers off or on, as in the portal: `powerOff` or `powerOn`."""
        for server in servers:
            client(self.registry.environment).call("Virtual_Guest", verb, id=int(self.identifier(server)))

    def cancel(self, server: str) -> None:
        """Cancel a server behind Pulumi's back."""
        client(self.registry.environment).call(
            "Virtual_Guest", "deleteObject", id=int(self.identifier(server))
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
def helped(registry: LiveRegistry, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Helped]:
    settings = yaml.safe_load(registry.environment.stack_file.read_text())["config"]
    settings |= {
        "softlayer-registry:servers": SERVERS,
        "softlayer-registry:objectContainer": "helped",
        "softlayer-registry:releases": {"1": {"memory": 256}},
        "softlayer-registry:red": "1",
        "softlayer-registry:registryListen": "public",
        "softlayer-registry:globalIp": True,
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
    done = helped.stack.follow("lost-helper", "1", *UP[1:])
    assert done.returncode == 0, done.stdout
    assert "cannot be worked on" not in done.stdout
    assert helped.images("stand"), "the standby has its image again"
    again = helped.stack.act(*UP, "--expect-no-changes")
    assert again.returncode == 0, again.stdout


def test_a_client_with_another_host_key_stops_no_swap_and_is_accepted(helped: Helped) -> None:
    rekeyed = helped.registry.ssh_to(helped.address("client"), REKEY)
    assert rekeyed.returncode == 0, rekeyed.stderr
    progress = helped.swap("3")
    unreachable = f"dal05-client ({helped.address('client')})"
    assert f"warning: {unreachable} cannot be worked on: shows another host key" in progress
    assert "dal05-stand" not in progress
    assert json.loads(helped.stack.operate("status", "--json").stdout)["live"] == "red"

    words = {"ID": helped.identifier("client"), "NAME": "client", "SERVER": "client"}
    for done in helped.stack.follow_all("lost-helper", "2", **words):
        assert done.returncode == 0, done.stdout + (done.stderr or "")
    again = helped.stack.act(*UP)
    assert again.returncode == 0, again.stdout
    assert "cannot be worked on" not in again.stdout


@only_in_soak("takeovers")
def test_images_that_were_pruned_on_a_standby_are_built_again(helped: Helped) -> None:
    pruned = helped.registry.ssh_to(helped.address("stand"), "docker system prune --all --force")
    assert pruned.returncode == 0, pruned.stderr
    assert helped.images("stand") == ""
    done = helped.stack.act(*UP)
    assert done.returncode == 0, done.stdout
    assert "was removed from this standby; it is built again" in done.stdout
    assert helped.images("stand")
    again = helped.stack.act(*UP, "--expect-no-changes")
    assert again.returncode == 0, again.stdout


@only_in_soak("takeovers")
def test_a_standby_is_the_registry_within_seconds(helped: Helped) -> None:
    """Ten of them, as `python -m bench.stack.recovery` measures: three tiers of tests share this machine."""
    registered = helped.stack.client()
    digest = push_blob(registered.connect, registered.headers, "kept", b"k" * 100_000)
    refused = helped.stack.operate("recover", "--on", "stand")
    assert refused.returncode == 3
    assert "dal05-a answers and is healthy" in refused.stderr
    helped.cancel("a")
    started = time.monotonic()
    recovery = helped.stack.follow("lost-server", "A standby is ready/1", "--json", STANDBY="stand")
    assert recovery.returncode == 0, recovery.stderr
    # By the same address as before.
    assert SlowPull(registered, f"/v2/kept/blobs/{digest}").begin().end() == digest
    seconds = time.monotonic() - started
    takeover = json.loads(recovery.stdout)
    assert list(takeover["seconds"]) == ["doors", "start", "pull", "address"]
    assert (takeover["standby"], takeover["replaced"]) == ("dal05-stand", ["dal05-a"])
    assert seconds <= 60, (seconds, takeover)
    settings = yaml.safe_load(helped.stack.file.read_text())["config"]["softlayer-registry:servers"]
    assert {server["name"]: server.get("frontDoor") for server in settings} == {
        "a": False,
        "client": None,
        "stand": True,
    }
    check_that_commands_know_the_standby(helped, takeover["endpoint"])


def check_that_commands_know_the_standby(helped: Helped, endpoint: str) -> None:
    """Before a recovery makes the takeover permanent, every command asks the standby."""
    shown = helped.stack.operate("status", "--json")
    assert shown.returncode == 0, shown.stderr
    status = json.loads(shown.stdout)
    assert [f"{door['datacenter']}-{door['server']}" for door in status["doors"]] == ["dal05-stand"]
    assert [(takeover["lost"], takeover["standby"]) for takeover in status["takeovers"]] == [
        ("dal05-a", "dal05-stand")
    ]
    assert any("dal05-a is lost" in warning for warning in status["warnings"]), status["warnings"]
    login = helped.stack.operate("login", "--json", "--client", "docker")
    assert login.returncode == 0, login.stdout + login.stderr
    address = endpoint.removeprefix("https://")
    logins = json.loads(login.stdout)["clients"]
    assert [(done["action"], done["registry"]) for done in logins] == [("login", address)]
    helped.stack.operate("logout", "--client", "docker")
    images = helped.stack.operate("images", "--json")
    assert images.returncode == 0, images.stderr
    assert "kept" in images.stdout
    swap = helped.stack.operate("swap", "--to", "4", "--dry-run")
    assert swap.returncode != 0
    assert "`operate recover example` makes it permanent" in swap.stderr


@only_in_soak("takeovers")
def test_a_recovery_makes_the_takeover_permanent_and_no_client_notices(helped: Helped) -> None:
    with Watch(replace(helped.stack.client(), patience=5)) as watch:
        back = helped.stack.follow("lost-server", "A standby is ready/2", "--yes", "--json")
        assert back.returncode == 0, back.stderr
        watch.await_more(20)
    assert watch.failures == []
    assert json.loads(back.stdout)["missing"] == ["dal05-a"]
    settings = yaml.safe_load(helped.stack.file.read_text())["config"]
    assert "softlayer-registry:retiringDoors" not in settings
    containers = helped.registry.ssh_to(helped.address("stand"), "docker ps --format '{{.Names}}'").stdout
    assert "standby" not in containers
    assert containers.count("registry-") == 2
    again = helped.stack.act(*UP, "--expect-no-changes")
    assert again.returncode == 0, again.stdout
    prepared = helped.registry.ssh_to(helped.address("a"), "cat /etc/registry-standby/steps")
    assert "container-modern-red" in prepared.stdout


@only_in_soak("takeovers")
def test_a_helper_that_is_gone_for_good_is_taken_out(helped: Helped) -> None:
    settings = yaml.safe_load(helped.stack.file.read_text())
    servers = settings["config"]["softlayer-registry:servers"]
    settings["config"]["softlayer-registry:servers"] = [
        server for server in servers if server["name"] != "client"
    ]
    helped.stack.file.write_text(yaml.safe_dump(settings))
    done = helped.stack.follow("lost-helper", "4", "--yes", "--skip-preview")
    assert done.returncode == 0, done.stdout
    assert "cannot be worked on" not in done.stdout
