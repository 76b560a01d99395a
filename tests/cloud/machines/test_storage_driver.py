"""The storage driver changes for real, on a machine of the local cloud: overlay2 and vfs."""

import json
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from components.remote.script_source import script_source
from dev.images.registry_base import registry_base
from harness.cloud.machine_host import MachineOwner
from tests.cloud.machines.one_machine import one_machine

pytestmark = pytest.mark.expected_seconds(85)

JOURNAL = "/var/lib/storage-driver-change"
ARCHIVE = "/var/lib/docker/storage-driver-images.tar"
DAEMON_JSON = "/etc/docker/daemon.json"
START = "ExecStart=\nExecStart=/usr/sbin/dockerd -H fd://"


@dataclass(frozen=True)
class Machine:
    """One machine, and the script run on it as remote_script runs it."""

    operator: MachineOwner
    address: str

    def checked_ssh(self, command: str) -> str:
        return self.operator.checked_ssh(self.address, command)

    def storage_driver(self, choice: str, *, environment: str = "") -> "subprocess.CompletedProcess[bytes]":
        source = script_source("storage-driver.sh").encode()
        return self.operator.ssh(self.address, f"{environment} bash -s -- {choice}", stdin=source)

    def changed_to(self, choice: str) -> str:
        done = self.storage_driver(choice)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode().strip()

    def refused(self, choice: str, *, environment: str = "") -> str:
        done = self.storage_driver(choice, environment=environment)
        assert done.returncode == 1, done.stderr.decode()
        assert done.stdout == b""
        return done.stderr.decode().splitlines()[-1]

    @property
    def driver(self) -> str:
        return self.checked_ssh("docker info --format '{{.Driver}}'")

    @property
    def images(self) -> str:
        return self.checked_ssh("docker images --no-trunc --format '{{.Repository}}:{{.Tag}} {{.ID}}' | sort")

    @property
    def daemon(self) -> str:
        """Changes when Docker is restarted."""
        return self.checked_ssh("systemctl show --property=MainPID,ActiveEnterTimestampMonotonic docker")

    def left_over(self) -> str:
        return self.checked_ssh(f"ls -d {JOURNAL} {ARCHIVE} {DAEMON_JSON}.* 2>/dev/null || true")


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    with one_machine(tmp_path_factory.mktemp("web101"), "web101", 1024, 2) as machine_host:
        wrapped = Machine(machine_host.operator, machine_host.spec.public_ip or machine_host.spec.private_ip)
        loaded = machine_host.operator.ssh(
            wrapped.address, "docker load --quiet", stdin=registry_base().read_bytes()
        )
        assert loaded.returncode == 0, loaded.stderr.decode()
        wrapped.checked_ssh("docker tag registry:2.8.3 registry:second")
        wrapped.checked_ssh(
            "head -c 100000 /dev/urandom >/root/probe; tar -C /root -c probe | docker import -"
        )
        yield wrapped


@pytest.fixture(autouse=True)
def on_overlay2(machine: Machine) -> Iterator[None]:
    assert machine.driver == "overlay2"
    yield
    machine.checked_ssh("docker ps --all --quiet | xargs --no-run-if-empty docker rm --force")
    machine.changed_to("overlay2")
    assert machine.left_over() == ""
    machine.checked_ssh(f"rm -f {DAEMON_JSON}")


def test_images_are_the_same_after_a_change_and_back(machine: Machine) -> None:
    before = machine.images
    assert before.count("\n") == 2
    assert "<none>:<none> sha256:" in before
    machine.checked_ssh("docker image rm registry:second; docker tag registry:2.8.3 registry:second")
    assert machine.changed_to("vfs") == "vfs"
    assert machine.driver == "vfs"
    assert machine.images == before
    assert json.loads(machine.checked_ssh(f"cat {DAEMON_JSON}")) == {"storage-driver": "vfs"}
    assert machine.checked_ssh(f"stat -c %a:%U {DAEMON_JSON}") == "644:root"
    assert machine.changed_to("auto") == "overlay2"
    assert machine.images == before
    assert json.loads(machine.checked_ssh(f"cat {DAEMON_JSON}")) == {"storage-driver": "overlay2"}
    assert machine.left_over() == ""
    machine.checked_ssh("docker run --rm registry:second --version")


def test_the_engine_is_reported_as_it_names_itself(machine: Machine) -> None:
    source = script_source("docker-engine.sh").encode()
    done = machine.operator.ssh(machine.address, "bash -s --", stdin=source)
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout.decode().strip() == machine.checked_ssh(
        "docker version --format '{{.Server.Version}}'"
    )


def test_containers_outlive_a_restart_of_docker(machine: Machine) -> None:
    """As an unattended upgrade restarts it; setting that up restarts nothing."""
    machine.checked_ssh(f'printf %s \'{{"log-level": "warn"}}\' >{DAEMON_JSON}; systemctl restart docker')
    machine.checked_ssh("docker run --detach --name busy registry:2.8.3")
    state = "docker inspect --format '{{.State.Running}} {{.State.StartedAt}} {{.State.Pid}}' busy"
    before, daemon = machine.checked_ssh(state), machine.daemon
    source = script_source("docker-engine.sh").encode()
    done = machine.operator.ssh(machine.address, "bash -s --", stdin=source)
    assert done.returncode == 0, done.stderr.decode()
    assert machine.daemon == daemon
    assert json.loads(machine.checked_ssh(f"cat {DAEMON_JSON}")) == {
        "log-level": "warn",
        "live-restore": True,
    }
    machine.checked_ssh("systemctl restart docker")
    assert machine.daemon != daemon
    assert machine.checked_ssh(state) == before
    assert before.startswith("true ")


def test_nothing_is_restarted_when_nothing_changes(machine: Machine) -> None:
    daemon = machine.daemon
    machine.checked_ssh("docker run --detach --name busy registry:2.8.3")
    for choice in ("auto", "overlay2"):
        assert machine.changed_to(choice) == "overlay2"
    assert machine.daemon == daemon
    assert machine.checked_ssh("docker inspect --format '{{.State.Running}}' busy") == "true"


def test_other_keys_of_daemon_json_stay(machine: Machine) -> None:
    settings = {"log-level": "warn", "labels": ["storage-driver=none", 'q="{"'], "storage-driver": "overlay2"}
    machine.checked_ssh(f"printf %s {shlex.quote(json.dumps(settings, indent=2))} >{DAEMON_JSON}")
    machine.checked_ssh(f"chmod 600 {DAEMON_JSON}")
    assert machine.changed_to("vfs") == "vfs"
    assert json.loads(machine.checked_ssh(f"cat {DAEMON_JSON}")) == {**settings, "storage-driver": "vfs"}
    assert machine.checked_ssh(f"stat -c %a {DAEMON_JSON}") == "600"
    assert "storage-driver=none" in machine.checked_ssh("docker info --format '{{.Labels}}'")


@pytest.mark.parametrize("state", ["running", "created"])
def test_containers_are_not_hidden(machine: Machine, state: str) -> None:
    daemon = machine.daemon
    command = "run --detach" if state == "running" else "create"
    machine.checked_ssh(f"docker {command} registry:2.8.3")
    message = machine.refused("vfs")
    assert "Docker has containers on overlay2, which a change would hide; remove them" in message
    assert machine.daemon == daemon


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            '{"storage-opts": ["overlay2.size=1G"]}',
            "has storage-opts, which is for another driver; take it out",
        ),
        ("[]", "is not a JSON object"),
        ('{"storage-driver": "overlay2"', "is not a JSON object"),
    ],
)
def test_a_daemon_json_that_cannot_be_edited_is_left_alone(machine: Machine, text: str, reason: str) -> None:
    daemon = machine.daemon
    machine.checked_ssh(f"printf %s {shlex.quote(text)} >{DAEMON_JSON}")
    assert reason in machine.refused("vfs")
    assert machine.checked_ssh(f"cat {DAEMON_JSON}") == text
    assert machine.daemon == daemon


@pytest.mark.parametrize(
    ("drop_in", "reason"),
    [
        (f"{START} --storage-driver=overlay2", "the flag --storage-driver"),
        (f"{START} -s overlay2", "the flag --storage-driver"),
        ("Environment=DOCKER_DRIVER=overlay2", "with DOCKER_DRIVER, which outdoes"),
    ],
)  # fmt: skip
def test_a_driver_set_by_the_unit_is_refused_before_the_file_would_stop_docker(
    machine: Machine, drop_in: str, reason: str
) -> None:
    file = "/etc/systemd/system/docker.service.d/zz-flag.conf"
    machine.checked_ssh(f"printf '[Service]\\n%s\\n' {shlex.quote(drop_in)} >{file}")
    machine.checked_ssh("systemctl daemon-reload; systemctl reset-failed docker; systemctl restart docker")
    try:
        daemon = machine.daemon
        message = machine.refused("vfs")
        assert reason in message
        assert "docker.service" in message
        assert machine.daemon == daemon
        assert machine.checked_ssh(f"ls {DAEMON_JSON} 2>/dev/null || true") == ""
    finally:
        machine.checked_ssh(f"rm {file}; systemctl daemon-reload; systemctl reset-failed docker")
        machine.checked_ssh("systemctl restart docker")


@pytest.mark.parametrize(
    ("choice", "reason"),
    [
        ("aufs", "has no aufs, and no package linux-image-extra-"),
        ("devicemapper", "has no device mapper with thin pools"),
        ("fuse-overlayfs", "the program fuse-overlayfs is not installed"),
    ],
)
def test_what_this_machine_has_not_is_refused_with_what_it_has(
    machine: Machine, choice: str, reason: str
) -> None:
    daemon, images = machine.daemon, machine.images
    message = machine.refused(choice)
    assert message.startswith(f"web101.example.com: storage driver {choice}: ")
    assert reason in message
    assert "set storageDriver to overlay2, which works here" in message
    assert (machine.daemon, machine.images) == (daemon, images)


@pytest.mark.parametrize("daemon_json", ["", '{"log-level": "info"}'])
def test_docker_is_back_with_its_images_when_it_does_not_come_up(machine: Machine, daemon_json: str) -> None:
    images = machine.images
    if daemon_json:
        machine.checked_ssh(f"printf %s {shlex.quote(daemon_json)} >{DAEMON_JSON}")
    machine.checked_ssh("cd /var/lib/docker; mkdir -p vfs; mv vfs vfs-aside; touch vfs")
    try:
        message = machine.refused("vfs")
    finally:
        machine.checked_ssh("cd /var/lib/docker; rm vfs; mv vfs-aside vfs")
    assert "Docker does not come up on it; Docker is back on overlay2 with its images" in message
    assert "failed to start daemon" in message
    assert (machine.driver, machine.images) == ("overlay2", images)
    assert machine.checked_ssh(f"cat {DAEMON_JSON} 2>/dev/null || true") == daemon_json
    assert machine.left_over() == ""


def test_images_that_have_no_room_stay_where_they_are(machine: Machine) -> None:
    images, daemon = machine.images, machine.daemon
    free = int(machine.checked_ssh("df --output=avail -BM /var/lib/docker | tail -n 1 | tr -dc 0-9"))
    machine.checked_ssh(f"fallocate --length {free - 10}M /var/lib/docker/full")
    try:
        message = machine.refused("vfs")
    finally:
        machine.checked_ssh("rm /var/lib/docker/full")
    assert "keeping the images takes up to" in message
    assert (machine.images, machine.daemon) == (images, daemon)
    assert machine.left_over() == ""


@pytest.mark.parametrize(("step", "next_choice"), [("load", "vfs"), ("load", "overlay2"), ("save", "vfs")])
def test_a_change_that_was_cut_short_is_ended_or_taken_back(
    machine: Machine, step: str, next_choice: str
) -> None:
    images = machine.images
    # As a connection that ends, or the time-out: the whole process group goes.
    kill = f'#!/bin/bash\nif [ "$1" = {step} ]; then kill -9 0; fi\nexec /usr/bin/docker "$@"\n'
    machine.checked_ssh(f"mkdir -p /root/kill; printf %s {shlex.quote(kill)} >/root/kill/docker")
    machine.checked_ssh("chmod 755 /root/kill/docker")
    killed = machine.storage_driver("vfs", environment="PATH=/root/kill:$PATH")
    assert killed.returncode not in (0, 1)
    assert machine.checked_ssh(f"ls -d {JOURNAL}") == JOURNAL
    assert machine.changed_to(next_choice) == next_choice
    assert machine.images == images
    assert machine.left_over() == ""
