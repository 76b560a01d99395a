"""The access components by Pulumi itself, on a real machine: put up, changed, taken away."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from components.access.door_credential import DoorCredential
from dev.local.environment import CHECKOUT
from harness.cloud.machine_host import MachineOwner, host_key
from tests.cloud.machines.one_machine import one_machine

pytestmark = pytest.mark.expected_seconds(40)

SECRET = "0123456789abcdef" * 4
PASSWORD = "a password nobody finds"


@dataclass(frozen=True)
class DoorStack:
    """A stack of one program, and the machine it is about."""

    folder: Path
    operator: MachineOwner
    address: str
    engine: Path

    def checked_ssh(self, command: str) -> str:
        return self.operator.checked_ssh(self.address, command)

    def give(self, **changed: object) -> None:
        values = {
            "address": self.address,
            "privateKey": self.operator.key.read_text(),
            "hostKey": f"ssh-ed25519 {host_key(self.address)}",
            "secret": SECRET,
            "users": {"docker": PASSWORD},
            "name": "a-registry",
            "authUrl": "http://198.51.100.1:8080/auth/v1.0",
            "legacy": True,
        }
        (self.folder / "parameters.json").write_text(json.dumps(values | changed))

    def pulumi(self, *words: str) -> str:
        home = self.folder / "home"
        kept = {name: value for name, value in os.environ.items() if name not in {"SSH_AUTH_SOCK"}}
        done = subprocess.run(
            ["pulumi", *words, "--non-interactive"],
            cwd=self.folder,
            env={
                **kept,
                "PATH": f"{self.engine}:{Path(sys.executable).parent}:{os.environ['PATH']}",
                "PYTHONPATH": str(CHECKOUT),
                "PULUMI_HOME": str(home),
                "PULUMI_BACKEND_URL": f"file://{self.folder}/backend",
                "PULUMI_CONFIG_PASSPHRASE": "not a secret",
                "PULUMI_SKIP_UPDATE_CHECK": "1",
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    @property
    def users(self) -> list[str]:
        """Whom the modern door knows."""
        return self.checked_ssh(
            "awk '$1 == \"user\" { print $2 }' /etc/registry-door/current/front-modern.cfg"
        ).split()

    @property
    def listening(self) -> set[int]:
        """Which ports of HAProxy's there are."""
        lines = self.checked_ssh("ss -Hltnp | grep haproxy || true").splitlines()
        return {int(line.split()[3].rpartition(":")[2]) for line in lines}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DoorStack]:
    built = subprocess.run(
        [sys.executable, "-m", "dev.engine", "build"],
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    folder = tmp_path_factory.mktemp("stack")
    for name in ("home", "backend"):
        (folder / name).mkdir()
    (folder / "Pulumi.yaml").write_text("name: doors\nruntime: python\n")
    shutil.copy(CHECKOUT / "tests/cloud/proxy/front_door_program.py", folder / "__main__.py")
    with one_machine(tmp_path_factory.mktemp("doors"), "doors", 768, 1) as machine_host:
        address = machine_host.spec.public_ip or ""
        stack = DoorStack(folder, machine_host.operator, address, Path(built.stdout.strip()))
        stack.give()
        stack.pulumi("stack", "init", "test")
        stack.pulumi("up", "--yes", "--skip-preview")
        yield stack


def test_all_of_it_is_there(stack: DoorStack) -> None:
    assert stack.listening == {5000, 5003, 5080, 8405}
    assert stack.pulumi("stack", "output", "authUrl").strip() == "http://127.0.0.1:5003/auth/v1.0"
    assert stack.users == ["docker"]
    assert "SOFTLAYER-REGISTRY" in stack.checked_ssh("iptables -t mangle -S PREROUTING")
    assert (
        stack.checked_ssh("systemctl is-enabled registry-door registry-firewall").split() == ["enabled"] * 2
    )
    for name, expected_status in (("", "401"), ("docker:wrong", "401"), (f"docker:{PASSWORD}", "503")):
        # 503: nobody is behind this door.
        ask = f"curl -sk -o /dev/null -w '%{{http_code}}' -u '{name}' https://{stack.address}:5080/v1/users/"
        assert stack.checked_ssh(ask) == expected_status


def test_nothing_changes_the_second_time(stack: DoorStack) -> None:
    stack.pulumi("up", "--yes", "--expect-no-changes")
    stack.pulumi("refresh", "--yes", "--expect-no-changes")


def test_no_secret_is_in_the_state_or_on_the_screen(stack: DoorStack) -> None:
    stack.give(users={"docker": PASSWORD, "fresh": "another password"})
    output = stack.pulumi("up", "--yes", "--skip-preview", "--diff")
    assert stack.users == ["docker", "fresh"]
    kept = "".join(path.read_text() for path in (stack.folder / "backend").rglob("*.json"))
    assert "command:remote:Command" in kept
    for text in (output, kept):
        assert "$2b$" not in text
        assert PASSWORD not in text
        assert "PRIVATE KEY" not in text
        assert DoorCredential(SECRET).authorization not in text
    stack.give()
    stack.pulumi("up", "--yes", "--skip-preview")


def test_a_renewed_certificate_is_an_update_in_place(stack: DoorStack) -> None:
    ask = f"openssl s_client -connect {stack.address}:5000 </dev/null 2>/dev/null"
    show = f"{ask} | openssl x509 -noout -subject"
    before = stack.checked_ssh(show)
    stack.give(name="renewed-registry")
    changed = stack.pulumi("up", "--yes", "--skip-preview")
    assert "2 updated" in changed
    assert "replaced" not in changed
    assert "renewed-registry" in stack.checked_ssh(show)
    assert "renewed-registry" not in before


def test_a_door_that_is_no_longer_declared_is_removed(stack: DoorStack) -> None:
    stack.give(legacy=False, name="renewed-registry")
    assert "deleted" in stack.pulumi("up", "--yes", "--skip-preview")
    assert stack.checked_ssh("ls /etc/registry-door/current").split() == [
        "00-global.cfg",
        "front-modern.cfg",
        "front-modern.pem",
        "storage-swift.cfg",
    ]
    assert 5000 in stack.listening


def test_all_of_it_goes(stack: DoorStack) -> None:
    stack.pulumi("destroy", "--yes", "--skip-preview")
    paths = "/etc/registry-door /etc/registry-firewall /usr/local/sbin/registry-firewall"
    assert stack.checked_ssh(f"ls -d {paths} 2>/dev/null || true") == ""
    assert stack.checked_ssh("iptables -t mangle -S PREROUTING") == "-P PREROUTING ACCEPT"
    assert stack.listening == set()
