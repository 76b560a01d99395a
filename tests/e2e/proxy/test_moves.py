"""The registry is moved by its DNS name to another datacenter, and back, while a client uses it."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest
import yaml

from harness.clients.blobs import push_blob
from harness.clients.registry_client import Client, SlowPull
from harness.stack.example_stack import ExampleStack, standing
from harness.stack.live_stack import LiveRegistry
from tests.e2e.door_watch import Watch
from tests.support.campaign import only_in_soak

pytestmark = [pytest.mark.expected_seconds(200), only_in_soak("moves")]

NAME = "registry.moves.example"
HOSTS, MARK = Path("/etc/hosts"), "# tests/e2e/proxy/test_moves.py"
UP = ("up", "--yes", "--skip-preview")
QUICK = ("--bake", "0.1", "--idle", "2", "--drain-limit", "2", "--throttle", "0")
SOURCE, TARGET = "dal05-a", "dal13-b"


@dataclass(frozen=True)
class NamedRegistry:
    """A registry that clients know by a name, of which this machine's /etc/hosts is the DNS."""

    stack: ExampleStack

    @property
    def client(self) -> Client:
        """A client that asks for the name at each connection."""
        outputs = self.stack.outputs(secrets=True)
        user = f"{outputs['user']}:{outputs['password']}"
        return Client(NAME, 5000, str(outputs["certificateAuthority"]), user, NAME, patience=10)

    def address(self, server: str) -> str:
        servers = cast(dict[str, dict[str, str]], self.stack.outputs()["servers"])
        return servers[server]["address"]

    def move(self, server: str) -> dict[str, object]:
        """Move the registry, and set the DNS record when the command says so."""
        process = self.stack.start("move", "--to", server, *QUICK, "--json")
        assert process.stderr is not None
        lines = []
        for line in process.stderr:
            lines.append(line)
            if record := re.search(rf"set the DNS record `{re.escape(NAME)} A ([0-9.]+)`", line):
                point(record[1])
        output = process.communicate(timeout=400)[0]
        assert process.returncode == 0, "".join(lines)
        outcome: dict[str, object] = json.loads(output)
        return outcome


def point(address: str) -> None:
    """Let the name mean an address on this machine; nothing where it is empty."""
    kept = [line for line in HOSTS.read_text().splitlines() if not line.endswith(MARK)]
    record = [f"{address} {NAME} {MARK}"] if address else []
    HOSTS.write_text("\n".join([*kept, *record]) + "\n")


@contextmanager
def no_record_left() -> Iterator[None]:
    try:
        yield
    finally:
        point("")


@pytest.fixture(scope="module")
def named_registry(
    registry: LiveRegistry, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[NamedRegistry]:
    settings = yaml.safe_load(registry.environment.stack_file.read_text())["config"]
    shape = {"os": "DEBIAN_12_64", "cpus": 1, "memory": 2048}
    settings |= {
        "softlayer-registry:servers": [
            {**shape, "name": "a", "datacenter": "dal05", "frontDoor": True},
            {**shape, "name": "b", "datacenter": "dal13", "frontDoor": False},
        ],
        "softlayer-registry:objectContainer": "moves",
        "softlayer-registry:objectDatacenter": "dal05",
        "softlayer-registry:registryListen": "public",
        "softlayer-registry:registryName": NAME,
        "softlayer-registry:registryNameInHosts": True,
    }
    stack = ExampleStack(registry, tmp_path_factory.mktemp("moves"), yaml.safe_dump({"config": settings}))
    with no_record_left(), standing(stack):
        registry_by_name = NamedRegistry(stack)
        point(registry_by_name.address(SOURCE))
        yield registry_by_name


def test_it_moves_by_its_name_to_another_datacenter_and_back(
    named_registry: NamedRegistry, registry: LiveRegistry
) -> None:
    client = named_registry.client
    digest = push_blob(client.connect, client.headers, "moved", b"n" * 300_000)
    for source, target in ((SOURCE, TARGET), (TARGET, SOURCE)):
        with Watch(client) as watch:
            watch.await_more(20)
            outcome = named_registry.move(target)
            watch.await_more(20)
        assert watch.failures == []
        assert (outcome["kind"], outcome["result"]) == ("move", "moved")
        steps = cast(list[dict[str, object]], outcome["steps"])
        assert [step["outcome"] for step in steps] == ["ok"] * 8, steps
        assert SlowPull(client, f"/v2/moved/blobs/{digest}").begin().end() == digest
        leftovers = registry.ssh_to(
            named_registry.address(source), "ls /etc/registry-door; docker ps --quiet"
        )
        assert leftovers.stdout == ""
        again = named_registry.stack.act(*UP, "--expect-no-changes")
        assert again.returncode == 0, again.stdout
        assert named_registry.stack.outputs()["endpoint"] == f"https://{NAME}:5000"
    assert f"move from {TARGET} to {SOURCE}" in named_registry.stack.operate("history").stdout
