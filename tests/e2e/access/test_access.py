"""Who reaches the registry changes while it is used: users, certificate, firewall; nothing is cut."""

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import cast

import pytest
import yaml
from cryptography import x509

from harness.clients.blobs import push_blob
from harness.clients.registry_client import BackgroundLoad, Client, SlowPull
from harness.stack.example_stack import ExampleStack
from harness.stack.live_stack import LiveRegistry
from tests.e2e.access.own_authority import OwnAuthority
from tests.e2e.access.rotation_load import RotationLoad

pytestmark = pytest.mark.expected_seconds(38)

UP = ("up", "--yes", "--skip-preview")
CHANGES_OTHERS = re.compile(r"^ *[-+~]+ +(?:softlayer|docker):", re.MULTILINE)
"""A line of a preview that changes a server, an account, an image or a container."""
NAME = "registry.access.example"
# More than sockets and HAProxy take in while nobody reads.
LARGE = os.urandom(48 << 20)
USERS = {"alice": "the first of alice", "bob": "bob for now"}
CHANGED = {"alice": "the second of alice", "carol": "carol from now on"}


@dataclass(frozen=True)
class Access:
    """The stack under test."""

    registry: LiveRegistry
    stack: ExampleStack
    authority: OwnAuthority

    def write(self, **changes: object) -> None:
        """Write these settings to the stack file."""
        settings = yaml.safe_load(self.stack.file.read_text())
        settings["config"] |= {f"softlayer-registry:{key}": value for key, value in changes.items()}
        self.stack.file.write_text(yaml.safe_dump(settings))

    def up(self, **changes: object) -> None:
        """Bring it to these settings."""
        self.write(**changes)
        self.require_success(self.stack.act(*UP))

    def require_success(self, done: "subprocess.CompletedProcess[str]") -> None:
        """Fail unless a command succeeded and printed no secret."""
        assert done.returncode == 0, done.stdout
        for secret in (*USERS.values(), *CHANGED.values(), self.authority.private_key.splitlines()[1]):
            assert secret not in done.stdout

    @cached_property
    def servers(self) -> Mapping[str, Mapping[str, str]]:
        """What the outputs tell of the servers, which stay the same."""
        return cast(Mapping[str, Mapping[str, str]], self.stack.outputs()["servers"])

    def server(self, name: str) -> Mapping[str, str]:
        """What the outputs tell of a server."""
        return self.servers[f"dal05-{name}"]

    def client(self, user: str, password: str) -> Client:
        """A client on this machine, which is on the servers' private network."""
        address = self.server("a")["privateIp"]
        return Client(address, 5000, self.authority.certificate, f"{user}:{password}", NAME)

    def on(self, server: str, command: str) -> str:
        """Run a command on a server."""
        done = self.registry.ssh_to(self.server(server)["address"], command)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


@pytest.fixture(scope="module")
def access(registry: LiveRegistry, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Access]:
    authority = OwnAuthority()
    settings = yaml.safe_load(registry.environment.stack_file.read_text())["config"]
    settings |= {
        "softlayer-registry:objectContainer": "access",
        "softlayer-registry:registryName": NAME,
        "softlayer-registry:registryNameInHosts": True,
        "softlayer-registry:registryCertificate": authority.issue(NAME),
        "softlayer-registry:registryCertificateKey": authority.private_key,
        "softlayer-registry:registryCertificateAuthority": authority.certificate,
        "softlayer-registry:registryUsers": USERS,
    }
    stack = ExampleStack(registry, tmp_path_factory.mktemp("access"), yaml.safe_dump({"config": settings}))
    deployed = Access(registry, stack, authority)
    try:
        deployed.up()
        yield deployed
    finally:
        ended = stack.act("destroy", "--yes", "--skip-preview")
    assert ended.returncode == 0, ended.stdout


def password(access: Access) -> str:
    return str(access.stack.outputs(secrets=True)["password"])


def shown_certificate(client: Client) -> x509.Certificate:
    return x509.load_der_x509_certificate(client.certificate())


def test_a_name_and_a_given_certificate_are_verified(access: Access) -> None:
    outputs = access.stack.outputs()
    assert outputs["endpoint"] == f"https://{NAME}:5000"
    assert outputs["certificateAuthority"] == access.authority.certificate
    address = access.server("a")["privateIp"]
    for server in "ab":
        assert access.on(server, f"getent hosts {NAME}").split() == [address, NAME]
    assert shown_certificate(access.client("bob", USERS["bob"])).serial_number == access.authority.serial


@pytest.mark.runbook("certificate", "1", "3")
def test_users_and_certificate_change_under_way(access: Access) -> None:
    first = access.client("docker", password(access))
    digest = push_blob(first.connect, first.headers, "access", LARGE)
    path = f"/v2/access/blobs/{digest}"
    bob, alice = (access.client(name, USERS[name]) for name in ("bob", "alice"))
    assert bob.status() == alice.status() == 200
    slow = SlowPull(bob, path).begin()
    with BackgroundLoad(first) as load:
        load.await_more(5)
        access.write(registryUsers=CHANGED, registryCertificate=access.authority.issue(NAME))
        preview = access.stack.follow("certificate", "2")
        access.require_success(preview)
        assert not CHANGES_OTHERS.search(preview.stdout), preview.stdout
        access.require_success(access.stack.follow("certificate", "2", *UP[1:], position=1))
        load.await_more(5)
    assert load.failures == []
    assert bob.status() == alice.status() == 401
    assert [access.client(name, secret).status() for name, secret in CHANGED.items()] == [200, 200]
    assert shown_certificate(first).serial_number == access.authority.serial
    assert slow.end() == digest, "bob, who is gone, has the whole of what he had begun to pull"


def test_a_user_s_password_is_rotated_under_load(access: Access) -> None:
    """Other users read and push on meanwhile; the one who is rotated is refused until the new one is used."""
    with RotationLoad(access.client("docker", password(access))) as load:
        rotated = access.stack.operate("rotate password", "--user", "carol")
        access.require_success(rotated)
    assert load.failures == []
    reading = access.stack.act("config", "get", "--path", 'registryUsers["carol"]')
    assert reading.returncode == 0, reading.stdout
    assert reading.stdout.strip() not in rotated.stdout + rotated.stderr
    assert access.client("carol", CHANGED["carol"]).status() == 401
    assert access.client("carol", reading.stdout.strip()).status() == 200
    assert access.client("alice", CHANGED["alice"]).status() == 200


def test_the_first_user_and_the_firewall_change_under_way(access: Access) -> None:
    first = access.client("docker", password(access))
    digest = push_blob(first.connect, first.headers, "access", LARGE)
    slow = SlowPull(first, f"/v2/access/blobs/{digest}").begin()
    access.up(
        registryPassword="chosen by the operator",
        registryFrom=[f"{access.server('b')[key]}/32" for key in ("privateIp", "address")],
    )
    with pytest.raises(TimeoutError):
        replace(first, patience=2).connect().connect()
    assert slow.end() == digest, "what runs is let on"
    assert password(access) == "chosen by the operator"
    status_code = access.on(
        "b", f"curl -s -o /dev/null -w '%{{http_code}}' --cacert {trusted()} https://{NAME}:5000/v2/"
    )
    assert status_code == "401", "the other server is let in"
    again = access.stack.act(*UP, "--expect-no-changes")
    assert again.returncode == 0, again.stdout


def trusted() -> str:
    return f"/etc/docker/certs.d/{NAME}:5000/ca.crt"
