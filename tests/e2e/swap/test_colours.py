"""Red and black on the tests' registry: added, switched under load, rolled back, refused, taken away."""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from dev.local.environment import CHECKOUT
from harness.clients.blobs import push_blob
from harness.clients.chunked_push import ChunkedPush
from harness.clients.chunked_pushes import Pushes
from harness.clients.registry_client import BackgroundLoad, Client, SlowPull
from harness.stack.example_stack import ExampleStack
from harness.stack.live_stack import LiveRegistry
from harness.stack.quick_swap import QUICK
from operate.servers.script_text import script_text
from tests.support.campaign import by_turns

pytestmark = [pytest.mark.expected_seconds(125), *by_turns(2)]

UP = ("up", "--yes", "--skip-preview")
HOST = "dal05-a"
TWO: Mapping[str, object] = {
    "softlayer-registry:releases": {"1": {}, "2": {"memory": 300}},
    "softlayer-registry:black": "2",
}
WITHOUT_RED: Mapping[str, object] = {
    **TWO,
    "softlayer-registry:red": "",
    "softlayer-registry:live": "black",
}
RENAMED: Mapping[str, object] = {
    **TWO,
    "softlayer-registry:releases": {"3": {}, "2": {"memory": 300}},
    "softlayer-registry:red": "3",
}


@dataclass(frozen=True)
class Door:
    """The door of the tests' registry as `operate` reaches it: by its scripts."""

    registry: LiveRegistry
    earlier: int = 0
    """Token of the last operator before these tests, which count from it."""

    def script(self, name: str, *arguments: str) -> tuple[int, str, str]:
        text = script_text(CHECKOUT / "operate" / "scripts" / name)
        done = self.registry.ssh_to(
            self.registry.address(HOST), f"bash -s -- {' '.join(arguments)}", stdin_payload=text
        )
        return done.returncode, done.stdout.strip(), done.stderr

    def switch(self, colour: str, token: int) -> str:
        code, printed, error = self.script("door-switch.sh", colour, str(self.earlier + token))
        assert code == 0, error
        return printed

    @property
    def status(self) -> dict[str, object]:
        code, printed, error = self.script("door-status.sh")
        assert code == 0, error
        document: dict[str, object] = json.loads(printed)
        return document

    def requests(self, colour: str) -> int:
        backends = self.status["backends"]
        assert isinstance(backends, dict)
        return int(backends[f"front-modern-{colour}"]["requests"])

    @property
    def containers(self) -> list[str]:
        names = self.registry.ssh(HOST, "docker ps --format '{{.Names}}' | sort").stdout.split()
        return [name for name in names if name.startswith("registry-")]


@pytest.fixture(scope="module")
def door(registry: LiveRegistry) -> Iterator[Door]:
    """The tests' registry with black beside red; as it was when the module ends."""
    registry.restore()
    added = registry.pulumi(*UP, config=TWO)
    assert added.returncode == 0, added.stdout
    door = Door(registry, int(str(Door(registry).status["fence"])))
    yield door
    door.switch("red", 100)
    registry.restore()
    assert door.containers == ["registry-1"]
    assert registry.outputs()["live"] == {"dal05": "red"}


@pytest.fixture(scope="module")
def client(registry: LiveRegistry) -> Client:
    outputs = registry.outputs()
    host, _, port = str(outputs["endpoint"]).removeprefix("https://").partition(":")
    who = f"{outputs['user']}:{outputs['password']}"
    return Client(host, int(port), str(outputs["certificateAuthority"]), who)


def test_a_second_colour_is_verified_and_gets_no_client(door: Door) -> None:
    outputs = door.registry.outputs()
    assert outputs["colours"] == {"red": "1", "black": "2"}
    assert outputs["live"] == {"dal05": "red"}
    assert door.status["live"] == {"modern": "red"}
    assert door.containers == ["registry-1", "registry-2"]
    assert door.requests("black") == 0
    # No client came, so what was pushed is the verification's image.
    pushes = r"registry_http_requests_total{code=\"201\",handler=\"manifest\",method=\"put\"}"
    push_count = door.registry.ssh(
        HOST, f"curl -sf http://127.0.0.1:15011/metrics | awk '$1 == \"{pushes}\" {{ print $2 }}'"
    ).stdout
    assert int(push_count) > 0
    limit = door.registry.ssh(HOST, "docker inspect --format '{{.HostConfig.Memory}}' registry-2").stdout
    assert int(limit) == 300 << 20


def test_operate_gets_all_that_it_requires(door: Door) -> None:
    output = door.registry.outputs()["operate"]
    assert isinstance(output, dict)
    assert set(output) == {
        "swift", "legacy", "registry", "ssh", "storeDoor", "storage", "storageOrigins", "recordKey",
        "previousRecordKey", "doors", "colours", "certificateEnds", "cancellations", "unguardedDoors",
        "openSsh", "idleServers", "standbys", "serverIds",
    }  # fmt: skip
    (door_facts,) = output["doors"]
    assert (door_facts["server"], door_facts["generations"]) == ("a", ["modern"])
    assert door_facts["hostKey"].startswith("ssh-")
    assert output["colours"]["black"]["containers"] == {"dal05": {"modern": "registry-2"}}
    assert output["colours"]["black"]["ports"] == {"modern": 15010}
    assert output["colours"]["black"]["settings"] == {"memory": 300}


def test_switches_under_load_lose_nothing(door: Door, client: Client) -> None:
    content = os.urandom(16 << 20)
    digest = push_blob(client.connect, client.headers, "pulls", content)
    pull = SlowPull(client, f"/v2/pulls/blobs/{digest}").begin()
    push = ChunkedPush(client, "across").begin()
    with BackgroundLoad(client) as load, Pushes(client) as pushes:
        for token, colour in enumerate(("black", "red", "black"), start=1):
            load.await_more(15)
            push.send(os.urandom(300_000))
            assert door.switch(colour, token).endswith(f" {colour}")
            load.await_more(15)
        push.send(os.urandom(300_000))
        across = push.end()
    assert (load.failures, pushes.failures) == ([], [])
    assert pushes.done > 0
    assert pull.end() == digest
    assert SlowPull(client, f"/v2/across/blobs/{across}").begin().end() == across
    assert door.requests("black") > 15
    code, reads, _ = door.script("colour-reads.sh", "modern", "100")
    assert code == 0
    assert f"GET /v2/across/blobs/{across}" in reads.splitlines()
    assert all(line.startswith(("GET /", "HEAD /")) for line in reads.splitlines())


def test_the_program_leaves_the_live_colour_alone(door: Door) -> None:
    assert door.switch("black", 10) == "black black"
    again = door.registry.pulumi(*UP, "--expect-no-changes", config=TWO)
    assert again.returncode == 0, again.stdout
    assert door.status["live"] == {"modern": "black"}
    # Back, as `operate rollback` does; nothing is left for the program either.
    door.switch("red", 11)
    again = door.registry.pulumi("preview", "--expect-no-changes", config=TWO)
    assert again.returncode == 0, again.stdout
    door.registry.ssh(HOST, "systemctl restart registry-door")
    assert door.status["live"] == {"modern": "red"}


def test_a_late_operator_does_not_act(door: Door) -> None:
    door.switch("red", 20)
    late, latest = door.earlier + 19, door.earlier + 20
    code, _, error = door.script("door-switch.sh", "black", str(late))
    assert code == 3
    assert f"token {late} is older than {latest}" in error
    assert door.status["live"] == {"modern": "red"}
    assert door.status["fence"] == latest


def test_the_live_colour_is_not_taken_away(door: Door, client: Client) -> None:
    door.switch("red", 30)
    with BackgroundLoad(client) as load:
        load.await_more(10)
        refused = door.registry.pulumi(*UP, config=WITHOUT_RED)
        assert refused.returncode != 0
        assert "colour red, release 1, is live and would be taken away" in refused.stdout
        renamed = door.registry.pulumi(*UP, config=RENAMED)
        assert renamed.returncode != 0
        assert "colour red is live with release 1 and would get release 3" in renamed.stdout
        load.await_more(10)
    assert load.failures == []
    assert door.containers == ["registry-1", "registry-2"]


def test_a_colour_that_is_not_live_is_taken_away(door: Door, client: Client) -> None:
    door.switch("red", 40)
    with BackgroundLoad(client) as load:
        load.await_more(10)
        done = door.registry.pulumi(*UP)
        assert done.returncode == 0, done.stdout
        load.await_more(10)
    assert load.failures == []
    assert door.containers == ["registry-1"]
    assert door.status["live"] == {"modern": "red"}
    assert list(door.status["backends"]) == ["front-modern-red"]  # type: ignore[call-overload]


def test_a_colour_on_another_server_is_shared_by_both_doors_and_swapped(
    registry: LiveRegistry, tmp_path: Path
) -> None:
    """The one without a server of its own is beside each door; the other one is reached by TLS."""
    shape = {"datacenter": "dal05", "os": "DEBIAN_12_64", "cpus": 1, "memory": 1024}
    settings = yaml.safe_load(registry.environment.stack_file.read_text())["config"]
    settings |= {
        "softlayer-registry:servers": [{**shape, "name": name, "frontDoor": True} for name in ("a", "b")],
        "softlayer-registry:registryListen": "public",
        "softlayer-registry:globalIp": True,
        "softlayer-registry:objectContainer": "apart",
        "softlayer-registry:colour": "servers",
        "softlayer-registry:releases": {"1": {}, "2": {"server": "b"}},
        "softlayer-registry:black": "2",
        "softlayer-registry:live": "black",
    }
    stack = ExampleStack(registry, tmp_path, yaml.safe_dump({"config": settings}))
    try:
        done = stack.act(*UP)
        assert done.returncode == 0, done.stdout
        outputs = stack.outputs(secrets=True)
        assert outputs["live"] == {"dal05": "black"}
        colours = outputs["operate"]["colours"]  # type: ignore[index]
        assert {name: facts["servers"] for name, facts in colours.items()} == {
            "red": {"dal05": "a"},
            "black": {"dal05": "b"},
        }
        servers: dict[str, dict[str, str]] = outputs["servers"]  # type: ignore[assignment]
        addresses = [servers[name]["address"] for name in ("dal05-a", "dal05-b")]
        assert [_registries(registry, address) for address in addresses] == [
            ["registry-1"],
            ["registry-1", "registry-2"],
        ]
        # The other door's server gets to that port from its private address, another server does not.
        inner = f"https://{servers['dal05-b']['privateIp']}:15453/"
        ask = f"curl -sk -o /dev/null -w '%{{http_code}}' --max-time 5 {inner}"
        door = servers["dal05-a"]
        assert registry.ssh_to(door["address"], f"{ask} --interface {door['privateIp']}").stdout == "200"
        assert registry.ssh_to(registry.address(HOST), ask).stdout == "000"
        _swap_and_back(registry, stack, addresses)
        again = stack.act(*UP, "--expect-no-changes")
        assert again.returncode == 0, again.stdout
        retired = stack.operate("retire", "--why", "a test")
        assert retired.returncode == 0, retired.stderr
        assert [_registries(registry, address) for address in addresses] == [[], ["registry-2"]]
    finally:
        ended = stack.act("destroy", "--yes", "--skip-preview")
    assert ended.returncode == 0, ended.stdout


def _registries(registry: LiveRegistry, address: str) -> list[str]:
    """The containers of a server, all of them registries."""
    return sorted(registry.ssh_to(address, "docker ps --format '{{.Names}}'").stdout.split())


def _swap_and_back(registry: LiveRegistry, stack: ExampleStack, addresses: list[str]) -> None:
    """From the server of its own to beside the doors, by `operate`, and back."""

    def live() -> list[str]:
        return [
            registry.ssh_to(address, "cat /etc/registry-door/live.map").stdout.split()[1]
            for address in addresses
        ]

    client = stack.client()
    content = os.urandom(1 << 20)
    digest = push_blob(client.connect, client.headers, "kept", content)
    assert live() == ["black", "black"]
    done = stack.operate("swap", "--to", "1", *QUICK)
    assert done.returncode == 0, done.stderr
    assert "switch ok: dal05-a black -> red; dal05-b black -> red" in done.stderr
    assert live() == ["red", "red"]
    assert SlowPull(client, f"/v2/kept/blobs/{digest}").begin().end() == digest
    back = stack.operate("rollback")
    assert back.returncode == 0, back.stderr
    assert live() == ["black", "black"]
    assert SlowPull(client, f"/v2/kept/blobs/{digest}").begin().end() == digest
