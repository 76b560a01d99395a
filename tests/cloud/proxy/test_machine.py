"""Doors on a real machine: renewed, reloaded, restarted and killed under load, and what outlives a reboot."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest

from cloud.interfaces import MachineSpec
from cloud.machines.local_machines import LocalMachines
from components.access.certificate import Certificate, Issuer, issue
from components.access.door_credential import DoorCredential
from components.access.user_list import userlist
from components.proxy.access_rules import DoorUsers
from components.proxy.front_door_config import FrontDoorShape, front_door_configuration
from components.proxy.haproxy_config import ProxyShape, global_configuration
from components.remote.script_source import script_source
from dev.images.registry_base import registry_base
from harness.clients.blobs import push_blob
from harness.clients.registry_client import BackgroundLoad, Client, SlowPull
from harness.cloud.machine_host import MachineOwner
from tests.cloud.machines.one_machine import one_machine

pytestmark = pytest.mark.expected_seconds(60)

SECRET = "ab" * 32
USERS = {"docker": "first password", "leaving": "another password"}
PORT, REGISTRY_PORT = 5000, 5001
BLOB_MIB = 48
CONFIGURATION = f"""\
version: 0.1
storage: {{filesystem: {{rootdirectory: /var/lib/registry}}}}
auth: {{htpasswd: {{realm: registry, path: /htpasswd}}}}
http: {{addr: "127.0.0.1:{REGISTRY_PORT}", relativeurls: true, draintimeout: 60s, secret: abc}}
"""


@dataclass(frozen=True)
class DoorServer:
    """A machine with a registry on its loopback and a door before it."""

    machines: LocalMachines
    operator: MachineOwner
    spec: MachineSpec

    @property
    def address(self) -> str:
        return self.spec.public_ip or ""

    def script(self, name: str, *arguments: str, stdin_payload: str = "") -> str:
        """Run a script as components.remote.script does; return what it printed."""
        done = self.fails(name, *arguments, stdin_payload=stdin_payload)
        assert done[0] == 0, f"{name} {arguments}: {done[2]}"
        return done[1].strip()

    def fails(self, name: str, *arguments: str, stdin_payload: str = "") -> tuple[int, str, str]:
        source = script_source(name)
        done = self.operator.ssh(
            self.address, f"bash -s -- {' '.join(arguments)}", stdin=f"{source}{stdin_payload}".encode()
        )
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def checked_ssh(self, command: str) -> str:
        return self.operator.checked_ssh(self.address, command)

    def certificate(self, common_name: str = "a-registry") -> Certificate:
        return issue(Issuer(SECRET), common_name, (self.address,))

    def door(self, certificate: Certificate, users: Mapping[str, str] = USERS) -> str:
        door_users = DoorUsers(userlist("modern", users, SECRET), (("docker", "admin"),))
        shape = FrontDoorShape(
            "modern",
            self.address,
            PORT,
            REGISTRY_PORT,
            users=door_users,
            password=SECRET,
            open_paths=("/",),
            answers_open_paths=True,
        )
        pem = f"{certificate.certificate}{certificate.private_key}"
        return self.script(
            "door.sh",
            "write",
            "front-modern",
            stdin_payload=f"{front_door_configuration(shape)}# certificate\n{pem}",
        )

    def users(self, users: Mapping[str, str]) -> str:
        return self.door(self.certificate(), users)

    def client(self, name: str = "docker", password: str = "") -> Client:
        who = f"{name}:{password or USERS[name]}"
        return Client(self.address, PORT, self.certificate().authority, who)

    def await_health(self) -> None:
        """Wait until the registry answers through the door."""
        self.checked_ssh(
            f"timeout 60 sh -c 'until curl -kfs https://{self.address}:{PORT}/; do sleep 0.2; done'"
        )

    @property
    def worker(self) -> str:
        output = "echo show proc | socat - /run/registry-door/master.sock"
        return self.checked_ssh(f"{output} | awk '$2 == \"worker\" {{ print $1; exit }}'")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DoorServer]:
    with one_machine(tmp_path_factory.mktemp("door"), "door", 1024, 2) as booted:
        server = DoorServer(booted.machines, booted.operator, booted.spec)
        _furnish(server)
        yield server


def _furnish(server: DoorServer) -> None:
    assert server.script("proxy.sh", "install").startswith("2.")
    server.operator.ssh(server.address, "docker load --quiet", stdin=registry_base().read_bytes())
    server.operator.ssh(server.address, "cat >/root/config.yml", stdin=CONFIGURATION.encode())
    users = DoorCredential(SECRET).htpasswd
    server.operator.ssh(server.address, "cat >/root/htpasswd", stdin=users.encode())
    server.checked_ssh(
        "docker run --detach --name registry --network host --restart unless-stopped"
        " --volume /root/config.yml:/etc/docker/registry/config.yml:ro"
        " --volume /root/htpasswd:/htpasswd:ro --volume /var/lib/registry registry:2.8.3"
    )
    configuration = global_configuration(ProxyShape())
    assert server.script("door.sh", "write", "00-global", stdin_payload=configuration) == "changed"
    assert server.door(server.certificate()) == "changed"
    server.await_health()


@pytest.fixture(scope="module")
def blob(server: DoorServer) -> str:
    """A blob's path; its digest ends it."""
    content = os.urandom(BLOB_MIB << 20)
    client = server.client()
    digest = push_blob(client.connect, client.headers, "big", content)
    return f"/v2/big/blobs/{digest}"


def test_the_same_door_again_changes_nothing(server: DoorServer) -> None:
    before = server.worker
    assert server.script("proxy.sh", "install").startswith("2.")
    assert server.door(server.certificate()) == "unchanged"
    assert server.worker == before


def test_what_haproxy_refuses_changes_nothing(server: DoorServer) -> None:
    before = server.worker
    code, _, error = server.fails("door.sh", "write", "front-odd", stdin_payload="frontend odd\n  bindd :1\n")
    assert code == 1
    assert "door front-odd: HAProxy refuses the configuration" in error
    assert "bindd" in error
    assert server.worker == before
    assert server.client().status() == 200


def test_what_haproxy_cannot_do_is_taken_back(server: DoorServer) -> None:
    """The check does not notice an address that the server does not have."""
    stdin_payload = "frontend odd\n  bind 198.51.100.7:1\n  http-request deny\n"
    code, _, error = server.fails("door.sh", "write", "front-odd", stdin_payload=stdin_payload)
    assert code == 1
    assert "the one before stays in use" in error
    assert (
        server.checked_ssh("ls /etc/registry-door/current")
        == "00-global.cfg\nfront-modern.cfg\nfront-modern.pem"
    )
    assert server.client().status() == 200


def test_keys_are_for_root_alone(server: DoorServer) -> None:
    files = "/etc/registry-door/current/front-modern.pem /etc/registry-door/current/front-modern.cfg"
    assert server.checked_ssh(f"stat -L -c '%a %U' {files}").splitlines() == ["600 root", "600 root"]


def test_a_certificate_is_renewed_without_a_failure(server: DoorServer, blob: str) -> None:
    pull = SlowPull(server.client(), blob).begin()
    before = server.client().certificate()
    with BackgroundLoad(server.client()) as load:
        for number in range(3):
            load.await_more(20)
            assert server.door(server.certificate(f"renewed-{number}")) == "changed"
        load.await_more(20)
    assert load.failures == []
    assert server.client().certificate() != before
    assert pull.end() == blob.rpartition("/")[2]
    assert server.door(server.certificate()) == "changed"


@pytest.mark.parametrize("action", ["reload", "restart"])
def test_nothing_fails_at_a(action: str, server: DoorServer, blob: str) -> None:
    pull = SlowPull(server.client(), blob).begin()
    with BackgroundLoad(server.client()) as load:
        for _ in range(3):
            load.await_more(20)
            before = server.worker
            server.checked_ssh(f"systemctl {action} registry-door")
            server.checked_ssh(
                "timeout 20 sh -c 'while [ \"$(echo show proc | socat - /run/registry-door/master.sock"
                f' | awk \\$2==\\"worker\\"{{print\\ \\$1\\;exit}})" = {before} ]; do sleep 0.1; done\''
            )
        load.await_more(20)
    assert load.failures == []
    assert pull.end() == blob.rpartition("/")[2]


def test_a_restart_that_cannot_start_leaves_the_one_before(server: DoorServer, blob: str) -> None:
    """Somebody broke the files by hand: the old process serves on, and the new one takes over once it can."""
    main = "systemctl show --property MainPID --value registry-door"
    pull, before = SlowPull(server.client(), blob).begin(), server.checked_ssh(main)
    with BackgroundLoad(server.client()) as load:
        server.checked_ssh("echo nonsense >/etc/registry-door/current/99-broken.cfg")
        assert server.operator.ssh(server.address, "systemctl restart registry-door").returncode != 0
        load.await_more(20)
        server.checked_ssh("rm /etc/registry-door/current/99-broken.cfg")
        server.checked_ssh(
            "timeout 30 sh -c 'until systemctl is-active --quiet registry-door; do sleep 0.1; done'"
        )
        load.await_more(20)
    assert load.failures == []
    assert server.checked_ssh(main) not in ("0", before)
    assert pull.end() == blob.rpartition("/")[2]
    server.checked_ssh(f"timeout 60 sh -c 'while kill -0 {before}; do sleep 0.1; done'")


def test_users_come_and_go_without_a_cut(server: DoorServer, blob: str) -> None:
    started = server.checked_ssh("docker inspect --format '{{.State.StartedAt}}' registry")
    assert server.client("leaving").status() == 200
    pull = SlowPull(server.client("leaving"), blob).begin()
    assert server.users({"docker": "rotated", "fresh": "fresh password"}) == "changed"
    try:
        assert server.client("fresh", "fresh password").status() == 200
        assert server.client("docker", "rotated").status() == 200
        assert server.client("docker").status() == 401
        assert server.client("leaving").status() == 401
        assert pull.end() == blob.rpartition("/")[2]
        assert server.users({"docker": "rotated", "fresh": "fresh password"}) == "unchanged"
    finally:
        server.users(USERS)
    assert server.client().status() == 200
    assert server.checked_ssh("docker inspect --format '{{.State.StartedAt}}' registry") == started


def test_a_killed_proxy_comes_back(server: DoorServer) -> None:
    before = server.checked_ssh("systemctl show --property MainPID --value registry-door")
    server.checked_ssh(f"kill -KILL {before}")
    server.checked_ssh(
        "timeout 20 sh -c 'until systemctl is-active --quiet registry-door &&"
        f" [ $(systemctl show --property MainPID --value registry-door) != {before} ]; do sleep 0.1; done'"
    )
    assert server.client().status() == 200


def test_doors_are_there_after_a_reboot(server: DoorServer, blob: str) -> None:
    server.machines.stop(server.spec.identifier)
    server.machines.start(server.spec)
    server.await_health()
    assert SlowPull(server.client(), blob).begin().end() == blob.rpartition("/")[2]


def test_metrics_are_there_for_the_server_alone(server: DoorServer) -> None:
    output = server.checked_ssh("curl --silent http://127.0.0.1:8405/metrics")
    assert 'haproxy_frontend_http_requests_total{proxy="front-modern"}' in output
    assert server.operator.ssh(server.address, f"curl -s http://{server.address}:8405/").returncode == 7


def test_requests_are_in_the_journal_and_secrets_are_not(server: DoorServer) -> None:
    assert server.client().status() == 200
    output = server.checked_ssh("journalctl --no-pager --identifier haproxy")
    assert '"GET https://' in output or '"GET /v2/' in output
    everything = server.checked_ssh("journalctl --no-pager")
    assert USERS["docker"] not in everything
    assert server.client().headers["Authorization"].split()[1] not in everything
    assert "$2b$" not in everything


def test_a_door_is_taken_away_and_then_the_proxy(server: DoorServer) -> None:
    assert server.script("door.sh", "remove", "front-modern") == "changed"
    assert server.script("door.sh", "remove", "front-modern") == "unchanged"
    with pytest.raises(ConnectionRefusedError):
        server.client().status()
    server.script("proxy.sh", "remove")
    assert server.checked_ssh("systemctl list-unit-files registry-door.service --no-legend | wc -l") == "0"
    assert server.checked_ssh("pgrep -c haproxy || true") == "0"
