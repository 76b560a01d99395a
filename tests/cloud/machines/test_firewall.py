"""A firewall on a real machine: what is let in, that it stays, and that nobody shuts the operator out."""

import json
import socket
import struct
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from cloud.interfaces import MachineSpec
from cloud.machines.local_machines import LocalMachines
from components.remote.script_source import script_source
from components.server.firewall.rules import CHAIN, FirewallShape, rules
from dev.images.registry_base import registry_base
from harness.cloud.machine_host import MachineOwner
from tests.cloud.machines.one_machine import one_machine

pytestmark = pytest.mark.expected_seconds(65)

OPEN, CLOSED, PUBLISHED = 5000, 5999, 5900
STRANGERS = "203.0.113.0/24"
BRIDGE = "198.51.100.0/28"
"""A network of Docker's in the machine, to which the host has a route for one test."""
# On the registry's port and on another; a third port is one that Docker publishes.
LISTENER = "systemd-socket-activate --accept --inetd --listen={port} /bin/cat"


@dataclass(frozen=True)
class ClosedServer:
    """A machine with listeners."""

    machines: LocalMachines
    operator: MachineOwner
    spec: MachineSpec

    @property
    def address(self) -> str:
        return self.spec.public_ip or ""

    def guard(self, action: str) -> str:
        """Run bridge-guard.sh, which a server has with a firewall and without; what it prints."""
        done = self.operator.ssh(self.address, f"bash -s -- {action}", stdin=GUARD.encode())
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode().strip()

    def script(self, action: str, shape: FirewallShape | None = None) -> "subprocess.CompletedProcess[bytes]":
        """Run the script as the component does."""
        return self.operator.ssh(self.address, f"bash -s -- {action}", stdin=script_and_rules(shape))

    def bring(self, shape: FirewallShape) -> None:
        """Leave script and rules as /root/try, for a session that runs it more than once."""
        self.operator.ssh(self.address, "cat >/root/try", stdin=script_and_rules(shape))

    def applied(self, shape: FirewallShape) -> str:
        tried = self.script("try", shape)
        assert tried.returncode == 0, tried.stderr.decode()
        kept = self.script("confirm", shape)
        assert kept.returncode == 0, kept.stderr.decode()
        return tried.stdout.decode().strip()

    def checked_ssh(self, command: str) -> str:
        return self.operator.checked_ssh(self.address, command)

    def lets_in(self) -> set[int]:
        """Which of the ports take a connection from here."""
        return {port for port in (22, OPEN, CLOSED, PUBLISHED) if self._opens(port)}

    def _opens(self, port: int) -> bool:
        try:
            with socket.create_connection((self.address, port), timeout=2):
                return True
        except TimeoutError:
            return False

    @property
    def rules(self) -> str:
        """All tables of both families, without counters."""
        return self.checked_ssh("for each in iptables ip6tables; do $each-save | grep '^[*-]' || true; done")

    @property
    def families(self) -> int:
        """2 where the machine's kernel has IPv6."""
        return 1 + bool(self.checked_ssh("cat /proc/net/if_inet6 2>/dev/null || true"))

    def listen(self) -> None:
        for port in (OPEN, CLOSED):
            self.checked_ssh(f"systemd-run --quiet {LISTENER.format(port=port)}")
        self.checked_ssh("docker start published")
        wait = "timeout 30 bash -c 'until (</dev/tcp/127.0.0.1/{port}) 2>/dev/null; do sleep 0.1; done'"
        for port in (OPEN, CLOSED, PUBLISHED):
            self.checked_ssh(wait.format(port=port))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClosedServer]:
    with one_machine(tmp_path_factory.mktemp("closed"), "closed", 768, 1) as booted:
        server = ClosedServer(booted.machines, booted.operator, booted.spec)
        booted.operator.ssh(server.address, "docker load --quiet", stdin=registry_base().read_bytes())
        server.checked_ssh(f"docker create --name published --publish {PUBLISHED}:5000 registry:2.8.3")
        server.listen()
        yield server


SHAPE = FirewallShape((OPEN,))
GUARD = script_source("bridge-guard.sh")
GUARD_CHAIN = "SOFTLAYER-BRIDGES"


def script_and_rules(shape: FirewallShape | None) -> bytes:
    """What a shell reads: the script, and after it the rules it asks for."""
    text = f"{rules(shape, 4)}# IPv6\n{rules(shape, 6)}" if shape else ""
    return f"{script_source('firewall.sh')}{text}".encode()


def echoes(address: str) -> bool:
    """Whether an ICMP echo request is answered."""
    # Type 8, code 0, the checksum of what follows, no identifier, number 1.
    request = struct.pack("!BBHHH", 8, 0, 0xFFFF - 0x0801, 0, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as raw:
        raw.settimeout(5)
        raw.sendto(request, (address, 0))
        while True:
            answer, (sender, _) = raw.recvfrom(1024)
            if sender == address and answer[20] == 0:
                return True


def test_what_is_needed_is_let_in_and_nothing_else(server: ClosedServer) -> None:
    assert server.lets_in() == {22, OPEN, CLOSED, PUBLISHED}
    assert server.applied(SHAPE) == "changed"
    assert server.lets_in() == {22, OPEN}
    assert echoes(server.address)


def test_the_server_and_its_containers_go_on(server: ClosedServer) -> None:
    gateway = server.machines.gateway("dal05")
    inside = json.loads(server.checked_ssh("docker inspect published"))[0]["NetworkSettings"]
    assert server.checked_ssh(f"curl --silent http://127.0.0.1:{PUBLISHED}/v2/") == "{}"
    assert server.checked_ssh(f"curl --silent http://{inside['IPAddress']}:5000/v2/") == "{}"
    wget = f"docker exec published wget -q -O - http://{inside['Gateway']}:{PUBLISHED}/v2/"
    assert server.checked_ssh(wget) == "{}"
    with socket.create_server((gateway, 0)) as outside:
        server.checked_ssh(f"timeout 5 bash -c '</dev/tcp/{gateway}/{outside.getsockname()[1]}'")


def test_twice_is_once(server: ClosedServer) -> None:
    before = server.rules
    assert server.applied(SHAPE) == "unchanged"
    assert server.rules == before
    assert before.count(f"-A PREROUTING -j {CHAIN}") == server.families
    assert "-A FORWARD -j DOCKER" in before


def test_what_somebody_broke_is_mended(server: ClosedServer) -> None:
    before = server.rules
    server.checked_ssh(f"iptables -t mangle -D PREROUTING -j {CHAIN}; iptables -t mangle -F {CHAIN}")
    assert CLOSED in server.lets_in()
    assert server.applied(SHAPE) == "unchanged"
    assert server.rules == before


def test_networks_are_separate(server: ClosedServer) -> None:
    here = f"{server.machines.gateway('dal05')}/32"
    assert server.applied(FirewallShape((OPEN, CLOSED), (here,), (STRANGERS,))) == "changed"
    assert server.lets_in() == {22}
    assert server.applied(FirewallShape((OPEN,), (here,), (STRANGERS, here))) == "changed"
    assert server.lets_in() == {22, OPEN}
    assert server.applied(SHAPE) == "changed"


@pytest.fixture
def routed(server: ClosedServer) -> Iterator[str]:
    """The address of a container in a bridge's network to which this host has a route, as a neighbour may."""
    server.checked_ssh(f"docker network create --subnet {BRIDGE} routed")
    server.checked_ssh(
        "docker run --detach --name routed --network routed --restart always --publish 127.0.0.1:5901:5000"
        " --publish 5902:5000 registry:2.8.3"
    )
    route = (BRIDGE, "via", server.address)
    subprocess.run(["ip", "route", "add", *route], check=True)
    try:
        yield server.checked_ssh(
            "docker inspect --format '{{.NetworkSettings.Networks.routed.IPAddress}}' routed"
        )
    finally:
        subprocess.run(["ip", "route", "del", *route], check=True)
        server.checked_ssh("docker rm --force routed; docker network rm routed")
        server.guard("remove")


@pytest.mark.parametrize("firewall", [True, False])
def test_a_neighbour_that_routes_to_a_bridge_reaches_no_container(
    server: ClosedServer, routed: str, firewall: bool
) -> None:
    """Docker before version 28 lets it through to what it publishes on the loopback alone (moby #45610)."""
    assert server.script("remove").returncode == 0
    if firewall:
        assert server.applied(SHAPE) == "changed"
    assert reaches(routed, 5000)
    assert server.guard("apply") == "changed"
    assert not reaches(routed, 5000)
    before = server.rules
    assert server.guard("apply") == "unchanged"
    assert server.rules == before
    assert before.count(f"-A FORWARD -j {GUARD_CHAIN}") == server.families
    # What is published goes on, as do the container's own connections and what the server asks it.
    assert server.checked_ssh("curl --silent http://127.0.0.1:5901/v2/") == "{}"
    assert server.checked_ssh(f"curl --silent http://{routed}:5000/v2/") == "{}"
    assert server.checked_ssh("docker exec routed wget -q -O - http://127.0.0.1:5000/v2/") == "{}"
    assert reaches(server.address, 5902) is not firewall
    gateway = server.machines.gateway("dal05")
    with answering(gateway) as port:
        server.checked_ssh(f"docker exec routed wget -q -T 5 -O /dev/null http://{gateway}:{port}/")
    if not firewall:
        assert server.applied(SHAPE) == "changed"


def test_bridges_are_closed_after_a_reboot_and_a_restart_of_docker(server: ClosedServer, routed: str) -> None:
    assert server.guard("apply") == "changed"
    server.machines.stop(server.spec.identifier)
    server.machines.start(server.spec)
    server.listen()
    server.checked_ssh("docker start routed")
    assert not reaches(routed, 5000)
    server.checked_ssh("systemctl restart docker; docker start published routed")
    assert not reaches(routed, 5000)
    assert server.rules.count(f"-A FORWARD -j {GUARD_CHAIN}") == server.families
    server.guard("remove")
    assert GUARD_CHAIN not in server.rules
    assert reaches(routed, 5000)


@contextmanager
def answering(address: str) -> Iterator[int]:
    """A server outside that answers one request; its port."""

    def answer() -> None:
        connection, _ = outside.accept()
        with connection:
            connection.recv(1 << 16)
            connection.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n")

    with socket.create_server((address, 0)) as outside:
        outside.settimeout(30)
        thread = threading.Thread(target=answer)
        thread.start()
        yield outside.getsockname()[1]
        thread.join()


def reaches(address: str, port: int) -> bool:
    """Whether a container takes a connection from here."""
    try:
        with socket.create_connection((address, port), timeout=2):
            return True
    except TimeoutError:
        return False


def test_rules_that_shut_the_operator_out_go_again(server: ClosedServer) -> None:
    """The login that loads them goes on; no new one comes in, so that nobody confirms."""
    before = server.rules
    server.bring(FirewallShape((OPEN,), (STRANGERS,)))
    # The two minutes are over when this test says so.
    over = "read -r _; systemctl start registry-firewall-rollback.service; echo back"
    late = "bash -s -- confirm </root/try 2>&1"
    session = server.operator.begin(server.address, f"bash -s -- try </root/try; {over}; {late}; {over}")
    with session as trial:
        assert trial.stdin is not None
        assert trial.stdout is not None
        assert trial.stdout.readline() == b"changed\n"
        assert server.lets_in() == {OPEN}
        trial.stdin.write(b"\n")
        trial.stdin.flush()
        assert trial.stdout.readline() == b"back\n"
        refused = trial.stdout.readline().decode()
        assert "nobody logged in with the new rules" in refused
        assert f"came from, {server.machines.gateway('dal05')}," in refused
        assert server.lets_in() == {OPEN}
        trial.stdin.write(b"\n")
        trial.stdin.flush()
        assert trial.stdout.readline() == b"back\n"
    assert server.rules == before
    assert server.lets_in() == {22, OPEN}


def test_rules_on_trial_are_kept_by_a_login_in_time(server: ClosedServer) -> None:
    """Late once, the rules are loaded again, and then somebody logs in."""
    shape = FirewallShape((OPEN, CLOSED))
    assert server.script("try", shape).returncode == 0
    server.checked_ssh("systemctl start registry-firewall-rollback.service")
    assert server.script("confirm", shape).returncode == 1
    assert server.lets_in() == {22, OPEN, CLOSED}
    assert server.script("confirm", shape).returncode == 0
    assert server.lets_in() == {22, OPEN, CLOSED}
    assert server.applied(SHAPE) == "changed"


def test_a_confirm_during_the_rollback_gets_the_same_answer(server: ClosedServer) -> None:
    """One transient unit cannot follow another at once: its name is taken for a moment."""
    before = server.rules
    server.bring(FirewallShape((OPEN, CLOSED)))
    back = "systemctl start registry-firewall-rollback.service"
    again = f"for _ in $(seq 30); do {back}; ! bash -s -- confirm </root/try 2>&1; done"
    output = server.checked_ssh(f"set -e; bash -s -- try </root/try; {again}; {back}")
    changed, *refused = output.splitlines()
    assert changed == "changed"
    assert len(refused) == 30
    assert all("nobody logged in with the new rules" in line for line in refused)
    assert server.rules == before


def test_it_is_there_after_a_reboot_and_a_restart_of_docker(server: ClosedServer) -> None:
    server.machines.stop(server.spec.identifier)
    server.machines.start(server.spec)
    server.listen()
    server.checked_ssh("systemctl restart docker; docker start published")
    assert server.lets_in() == {22, OPEN}
    assert server.rules.count(f"-A PREROUTING -j {CHAIN}") == server.families


def test_rules_that_fail_at_boot_leave_ssh_alone_open(server: ClosedServer) -> None:
    server.checked_ssh(
        "echo nonsense >>/etc/registry-firewall/kept/iptables; /usr/local/sbin/registry-firewall none"
    )
    assert server.lets_in() == {22, OPEN, CLOSED, PUBLISHED}
    server.checked_ssh("! systemctl restart registry-firewall 2>/dev/null")
    assert server.checked_ssh("systemctl is-failed registry-firewall") == "failed"
    assert server.lets_in() == {22}
    assert server.applied(SHAPE) == "changed"
    assert server.lets_in() == {22, OPEN}


def test_the_way_out_of_the_documentation(server: ClosedServer) -> None:
    """As docs/reference/access.md has it for an operator at another address; a reboot restores the rules."""
    assert server.lets_in() == {22, OPEN}
    server.checked_ssh("/usr/local/sbin/registry-firewall none")
    assert server.lets_in() == {22, OPEN, CLOSED, PUBLISHED}
    assert server.applied(SHAPE) == "unchanged"
    assert server.lets_in() == {22, OPEN}


def test_the_stacks_servers_are_let_in_by_ssh(server: ClosedServer) -> None:
    here = server.machines.gateway("dal05")
    assert server.applied(FirewallShape((), (STRANGERS,), ssh_peers=(here,))) == "changed"
    assert server.lets_in() == {22}
    assert server.applied(SHAPE) == "changed"


def test_it_is_taken_away_whole(server: ClosedServer) -> None:
    assert server.script("remove").returncode == 0
    assert CHAIN not in server.rules
    assert server.lets_in() == {22, OPEN, CLOSED, PUBLISHED}
    assert server.script("remove").returncode == 0
    assert server.applied(SHAPE) == "changed"
