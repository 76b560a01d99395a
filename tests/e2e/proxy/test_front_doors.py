"""Two front doors behind one global IP: moved under load, swapped together, one of them lost."""

import json
import re
import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import cast

import pytest
import yaml

from bench.swap.killed_swaps import updates_only_door_colours
from components.remote.script_source import script_source
from harness.background import Background
from harness.clients.blobs import push_blob
from harness.clients.registry_client import BackgroundLoad, Client, SlowPull
from harness.stack.account import client as account
from harness.stack.example_stack import ExampleStack, standing
from harness.stack.live_stack import LiveRegistry
from harness.stack.quick_swap import QUICK
from harness.waiting import until
from tests.e2e.door_watch import Watch

pytestmark = pytest.mark.expected_seconds(190)

UP = ("up", "--yes", "--skip-preview")
A, B = "dal05-a", "dal05-b"
MOVE = ("--bake", "0.1", "--idle", "2", "--drain-limit", "2", "--throttle", "0")


@dataclass
class WatchedPair(Background):
    """Asks both doors by their own addresses, again and again.

    Attributes:
        served: which doors answered, for each time that both were asked.
    """

    clients: Sequence[Client]
    served: list[tuple[bool, ...]] = field(default_factory=list)

    def works(self) -> Sequence[Callable[[], None]]:
        return [self._run]

    def _run(self) -> None:
        while self.goes_on(0.1):
            self.served.append(tuple(_answers(client) for client in self.clients))


@dataclass(frozen=True)
class Doors:
    """A stack with two front doors, and who operates it."""

    registry: LiveRegistry
    stack: ExampleStack

    @cached_property
    def outputs(self) -> dict[str, object]:
        return self.stack.outputs(secrets=True)

    @property
    def address(self) -> str:
        return str(self.outputs["globalIp"])

    @cached_property
    def client(self) -> Client:
        return replace(self.stack.client(), patience=5)

    def server(self, name: str) -> dict[str, object]:
        servers = cast(dict[str, dict[str, object]], self.outputs["servers"])
        return servers[name]

    def on(self, name: str, command: str) -> str:
        done = self.registry.ssh_to(str(self.server(name)["address"]), command)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def route(self, to: str) -> dict[str, object]:
        """Lead the global IP to a door; what the command tells."""
        done = self.stack.operate("route", "--to", to, "--json")
        assert done.returncode == 0, done.stderr
        result: dict[str, object] = json.loads(done.stdout)
        return result

    def live(self, name: str) -> str:
        return self.registry.live(str(self.server(name)["address"]))["modern"]

    def request_count(self, name: str) -> int:
        """Connections that a door's frontend has had."""
        statistics = "printf 'show stat\\n' | socat - UNIX-CONNECT:/run/registry-door/door.sock"
        row = f'{statistics} | awk -F, \'$1 == "front-modern" && $2 == "FRONTEND" {{ print $8 }}\''
        return int(self.on(name, row))

    def push_and_pull(self) -> None:
        """An image, by the Docker of a machine of another stack, through the global IP."""
        user = self.registry.address(B)
        where, password = f"{self.address}:5000", str(self.outputs["password"])

        def run(script: str, *words: str, stdin_payload: str) -> str:
            text = f"{script_source(script)}{stdin_payload}"
            done = self.registry.ssh_to(user, f"bash -s -- {shlex.join(words)}", stdin_payload=text)
            assert done.returncode == 0, done.stderr
            return done.stdout.strip()

        run("trust-registry.sh", where, stdin_payload=str(self.outputs["certificateAuthority"]))
        pushed = run("push-probe.sh", where, "doors/app", "docker", stdin_payload=f"{password}\n")
        pulled = run("pull-probe.sh", where, "doors/app", "docker", pushed, stdin_payload=f"{password}\n")
        assert pulled == pushed.split()[0]

    def own(self, name: str) -> Client:
        """A client at a server's own address."""
        address = str(self.server(name)["address"])
        return Client(address, 5000, self.client.authority, self.client.user, patience=5)

    def power(self, name: str, call: str) -> None:
        number = round(float(str(self.server(name)["id"])))
        account(self.registry.environment).call("Virtual_Guest", call, id=number)


@pytest.fixture(scope="module")
def doors(registry: LiveRegistry, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    folder = tmp_path_factory.mktemp("doors")
    shape = {"datacenter": "dal05", "os": "DEBIAN_12_64", "cpus": 1, "memory": 2048}
    settings = yaml.safe_load(registry.environment.stack_file.read_text())["config"]
    settings |= {
        "softlayer-registry:servers": [{**shape, "name": name, "frontDoor": True} for name in ("a", "b")],
        "softlayer-registry:objectContainer": "doors",
        "softlayer-registry:registryListen": "public",
        "softlayer-registry:globalIp": True,
    }
    stack = ExampleStack(registry, folder, yaml.safe_dump({"config": settings}))
    with standing(stack):
        yield Doors(registry, stack)
    assert account(registry.environment).call("Account", "getGlobalIpRecords") == []


def test_clients_come_to_the_global_ip_and_both_servers_hold_it(doors: Doors) -> None:
    assert doors.outputs["endpoint"] == f"https://{doors.address}:5000"
    for name in (A, B):
        assert f"{doors.address}/32" in doors.on(name, "ip -4 -oneline address show dev lo")
        # By its own address, too: the certificate has both.
        assert doors.own(name).status() == 200
    assert doors.stack.operate("route").stdout.strip() == f"{doors.address} leads to {A}"
    before = doors.request_count(A), doors.request_count(B)
    doors.push_and_pull()
    assert doors.request_count(A) > before[0]
    assert doors.request_count(B) == before[1]


def test_it_moves_under_load_and_the_program_leaves_it_there(doors: Doors) -> None:
    digest = push_blob(doors.client.connect, doors.client.headers, "moved", b"m" * 300_000)
    before = doors.request_count(B)
    with Watch(doors.client) as watch:
        watch.await_more(20)
        usual = watch.longest
        move = doors.route("b")
        watch.await_more(20)
    assert (move["before"], move["after"], move["silent"]) == (A, B, [])
    assert doors.request_count(B) >= before + 20
    # Only what was under way at that moment can fail, and there is one at a time.
    assert len(watch.failures) <= 1, watch.failures
    assert watch.longest < 2 + 2 * usual, (usual, watch.longest)
    assert SlowPull(doors.client, f"/v2/moved/blobs/{digest}").begin().end() == digest
    doors.push_and_pull()
    again = doors.stack.act(*UP, "--refresh", "--expect-no-changes")
    assert again.returncode == 0, again.stdout
    assert doors.stack.operate("route").stdout.strip() == f"{doors.address} leads to {B}"


def test_a_swap_switches_both_doors(doors: Doors) -> None:
    words = ("--to", "2", "--set", "memory=300", *QUICK, "--why", "doors")
    with Watch(doors.stack.client()) as watch:
        done = doors.stack.operate("swap", *words)
        assert done.returncode == 0, done.stderr
        watch.await_more(20)
    assert watch.failures == []
    assert (doors.live(A), doors.live(B)) == ("black", "black")
    for name in (A, B):
        assert "registry-2" in doors.on(name, "docker ps --format '{{.Names}}'")
    doors.push_and_pull()
    agreed = doors.stack.act("preview", "--diff")
    assert updates_only_door_colours(agreed.stdout), agreed.stdout
    update = doors.stack.act(*UP)
    assert update.returncode == 0, update.stdout
    assert (doors.live(A), doors.live(B)) == ("black", "black")


def test_a_lost_door_is_left_for_the_other_and_comes_back(doors: Doors) -> None:
    doors.power(B, "powerOff")
    until(lambda: not _answers(doors.client), "it is lost", 60)
    led = doors.stack.follow("lost-front-door", "Another front door answers/1", "--json", SERVER="a")
    assert led.returncode == 0, led.stderr
    move = json.loads(led.stdout)
    assert (move["before"], move["after"], move["silent"]) == (B, A, [B])
    assert float(str(move["seconds"])) < 30, move
    assert doors.client.status() == 200
    doors.push_and_pull()

    refused = doors.stack.operate("route", "--to", "b")
    assert refused.returncode == 3
    assert f"{B} does not answer" in refused.stderr
    stopped = doors.stack.operate("rollback")
    assert stopped.returncode == 1
    assert "lost-front-door.md" in stopped.stderr
    back = doors.stack.follow(
        "lost-front-door", "Another front door answers/2", "--why", "b is lost", LOST="b"
    )
    assert back.returncode == 0, back.stderr
    assert doors.live(A) == "red"
    doors.push_and_pull()

    doors.power(B, "powerOn")
    until(lambda: _answers(doors.own(B)), "it is back", 120)
    assert f"{doors.address}/32" in doors.on(B, "ip -4 -oneline address show dev lo")
    stale = doors.stack.operate("route", "--to", "b")
    assert stale.returncode == 3
    assert f"{B} has black live and {A} has red" in stale.stderr
    differ = doors.stack.follow("lost-front-door", "Another front door answers/3", "--json")
    assert json.loads(differ.stdout)["live"] is None
    agreed = doors.stack.follow("lost-front-door", "Another front door answers/3", position=1, COLOUR="red")
    assert agreed.returncode == 0, agreed.stderr
    assert doors.live(B) == "red"
    doors.route("b")
    doors.push_and_pull()
    agreed_by_program = doors.stack.act("preview", "--diff")
    assert updates_only_door_colours(agreed_by_program.stdout), agreed_by_program.stdout


def test_larger_servers_come_one_after_the_other(doors: Doors) -> None:
    settings = yaml.safe_load(doors.stack.file.read_text())
    for server in settings["config"]["softlayer-registry:servers"]:
        server["memory"] = 4096
    doors.stack.file.write_text(yaml.safe_dump(settings))
    with WatchedPair([doors.own(A), doors.own(B)]) as watch:
        done = doors.stack.act(*UP)
        assert done.returncode == 0, done.stdout
    resized = account(doors.registry.environment).call(
        "Account", "getVirtualGuests", mask="mask[id,maxMemory]"
    )
    sizes = {guest["id"]: guest["maxMemory"] for guest in resized}
    assert [sizes[round(float(str(doors.server(name)["id"])))] for name in (A, B)] == [4096, 4096]
    assert (False, False) not in watch.served, "a door serves at any time"
    assert {(True, False), (False, True)} <= set(watch.served), "both were rebooted"
    doors.push_and_pull()


def edited(doors: Doors, **front_doors: bool) -> dict[str, object]:
    """Write to the stack file which servers have a front door; returns its previous text."""
    text = doors.stack.file.read_text()
    settings = yaml.safe_load(text)
    for server in settings["config"]["softlayer-registry:servers"]:
        server["frontDoor"] = front_doors[server["name"]]
    doors.stack.file.write_text(yaml.safe_dump(settings))
    before: dict[str, object] = yaml.safe_load(text)
    return before


def test_an_edit_that_would_move_the_registry_by_accident_is_refused(doors: Doors) -> None:
    if doors.stack.operate("route").stdout.strip() != f"{doors.address} leads to {B}":
        doors.route("b")
    edited(doors, a=True, b=False)
    refused = doors.stack.act("preview")
    assert refused.returncode != 0
    assert f"the global IP leads to {B}" in refused.stdout
    assert "`bin/operate move example --to dal05-a`" in refused.stdout
    doors.route("a")
    taken_out = doors.stack.act(*UP)
    assert taken_out.returncode == 0, taken_out.stdout
    assert doors.on(B, "ls /etc/registry-door 2>/dev/null || true") == ""
    doors.push_and_pull()

    before = edited(doors, a=False, b=True)
    for command in (("preview",), UP):
        refused = doors.stack.act(*command)
        assert refused.returncode != 0
        assert f"`servers` would take the registry away from {A}" in refused.stdout
        assert "`bin/operate move example --to dal05-b`" in refused.stdout
        assert re.findall(r"\+ +(?:softlayer|command|docker):(?!.*component).* created", refused.stdout) == []
    doors.stack.file.write_text(yaml.safe_dump(before))
    doors.push_and_pull()


def test_the_registry_moves_to_a_standby_server_under_load(doors: Doors) -> None:
    """Built there, the address led over, the old front door taken out: no request fails."""
    digest = push_blob(doors.client.connect, doors.client.headers, "moved", b"n" * 300_000)
    loads = [
        BackgroundLoad(replace(doors.client, patience=60), path, workers=2, pause=pause, digest=expected)
        for path, pause, expected in (("/v2/", 0.05, ""), (f"/v2/moved/blobs/{digest}", 0.25, digest))
    ]
    with loads[0] as pings, loads[1] as pulls:
        pings.await_more(20)
        moved = doors.stack.operate("move", "--to", "b", *MOVE, "--why", "a is to be replaced", "--json")
        assert moved.returncode == 0, moved.stderr
        pings.await_more(20)
        pulls.await_more(5)
    assert (pings.failures, pulls.failures) == ([], [])
    record = json.loads(moved.stdout)
    assert (record["kind"], record["result"]) == ("move", "moved")
    assert [step["outcome"] for step in record["steps"]] == ["ok"] * 8, record["steps"]
    assert doors.stack.operate("route").stdout.strip() == f"{doors.address} leads to {B}"
    assert doors.on(A, "ls /etc/registry-door 2>/dev/null || true") == ""
    assert doors.on(A, "docker ps --quiet") == ""
    servers = yaml.safe_load(doors.stack.file.read_text())["config"]["softlayer-registry:servers"]
    assert [(server["name"], server["frontDoor"]) for server in servers] == [("a", False), ("b", True)]
    again = doors.stack.act(*UP, "--refresh", "--expect-no-changes")
    assert again.returncode == 0, again.stdout
    assert doors.stack.operate("move", "--to", "b").stdout == f"the registry is at {B} already\n"
    assert f"move from {A} to {B}" in doors.stack.operate("history").stdout
    doors.push_and_pull()


def _answers(client: Client) -> bool:
    try:
        return client.status() == 200
    except OSError:
        return False
