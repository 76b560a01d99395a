"""Real machines: what one gets who orders them, and what they cannot do."""

import subprocess
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from cloud.interfaces import MachineSpec
from cloud.machines.disk import Disk
from cloud.machines.layout import Layout
from cloud.machines.local_machines import LocalMachines
from dev.images.machine import machine_image
from dev.images.registry_base import registry_base
from harness.cloud.machine_host import MachineOwner, host_key, left_on_host

pytestmark = pytest.mark.expected_seconds(30)


@dataclass(frozen=True)
class Fleet:
    """Two machines with public addresses in two datacenters, one without beside the first."""

    state_dir: Path
    machines: LocalMachines
    operator: MachineOwner
    specs: tuple[MachineSpec, MachineSpec, MachineSpec]

    @property
    def first(self) -> str:
        return self.specs[0].public_ip or ""

    @property
    def far(self) -> str:
        return self.specs[1].public_ip or ""

    @property
    def hidden(self) -> str:
        return self.specs[2].private_ip


def specification(
    machines: LocalMachines,
    operator: MachineOwner,
    identifier: int,
    datacenter: str,
    *,
    private_only: bool = False,
) -> MachineSpec:
    reserved = machines.reserve(identifier, datacenter, private_only=private_only)
    return MachineSpec(
        identifier,
        f"web{identifier}",
        "example.com",
        datacenter,
        "UBUNTU_24_64",
        2,
        768,
        1,
        reserved.public_ip,
        reserved.private_ip,
        (operator.public_key,),
        "#cloud-config\n",
    )


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    state_dir = tmp_path_factory.mktemp("cloud")
    operator = MachineOwner(tmp_path_factory.mktemp("operator"))
    machines = LocalMachines(state_dir, machine_image())
    try:
        machines.up()
        specs = (
            specification(machines, operator, 101, "dal05"),
            specification(machines, operator, 102, "ams01"),
            specification(machines, operator, 103, "dal05", private_only=True),
        )
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(machines.start, specs))
        yield Fleet(state_dir, machines, operator, specs)
    finally:
        machines.down()
    assert left_on_host(state_dir) == []


def test_a_started_machine_is_whole(fleet: Fleet) -> None:
    command = "hostname --fqdn; systemctl is-system-running; docker info -f '{{.Driver}}'; df /var/lib/docker"
    name, state, driver, *disk = fleet.operator.checked_ssh(fleet.first, command).splitlines()
    assert (name, state, driver) == ("web101.example.com", "running", "overlay2")
    assert "/dev/loop" in disk[-1]
    assert fleet.operator.checked_ssh(fleet.first, "cat /etc/softlayer/user-data") == "#cloud-config"


def test_both_addresses_and_a_private_one_alone_take_the_ordered_key(fleet: Fleet) -> None:
    for address in (fleet.specs[0].private_ip, fleet.hidden):
        assert fleet.operator.checked_ssh(address, "id -un") == "root"


def test_another_key_is_refused(fleet: Fleet, tmp_path: Path) -> None:
    refused = MachineOwner(tmp_path).ssh(fleet.first, "true")
    assert refused.returncode == 255
    assert b"Permission denied" in refused.stderr


def test_every_machine_has_host_keys_of_its_own(fleet: Fleet) -> None:
    assert len({host_key(address) for address in (fleet.first, fleet.far, fleet.hidden)}) == 3


def test_machines_reach_each_other_across_datacenters(fleet: Fleet) -> None:
    for address in (fleet.far, fleet.specs[1].private_ip):
        greeting = fleet.operator.checked_ssh(
            fleet.first, f"timeout 5 bash -c 'head -c 7 </dev/tcp/{address}/22'"
        )
        assert greeting == "SSH-2.0"


def test_machines_reach_this_host_at_their_gateway(fleet: Fleet) -> None:
    gateway = fleet.machines.gateway("dal05")
    assert fleet.first.rpartition(".")[0] == gateway.rpartition(".")[0]
    assert fleet.operator.checked_ssh(fleet.first, "ip route show default").split()[2] == gateway


def test_nobody_else_reaches_a_machine(fleet: Fleet) -> None:
    """A network namespace of the test's own stands for the network this host is in."""
    space = f"t{uuid.uuid4().hex[:8]}"
    inner, outer = f"{space}i", f"{space}o"

    def ip(*words: str) -> None:
        subprocess.run(["ip", *words], check=True, capture_output=True)

    ip("netns", "add", space)
    try:
        ip("link", "add", outer, "type", "veth", "peer", "name", inner, "netns", space)
        ip("address", "add", "198.51.100.1/30", "dev", outer)
        ip("link", "set", outer, "up")
        ip("-n", space, "address", "add", "198.51.100.2/30", "dev", inner)
        ip("-n", space, "link", "set", inner, "up")
        ip("-n", space, "route", "add", "default", "via", "198.51.100.1")
        for address in (fleet.first, fleet.hidden, fleet.machines.gateway("dal05")):
            tried = subprocess.run(
                ["ip", "netns", "exec", space, "timeout", "2", "bash", "-c", f"</dev/tcp/{address}/22"],
                check=False,
            )
            assert tried.returncode == 124, f"{address} answered a stranger"
    finally:
        ip("netns", "delete", space)
        subprocess.run(["ip", "link", "delete", outer], check=False, capture_output=True)


def test_a_container_in_a_machine_serves_another_and_stays_within_its_limits(fleet: Fleet) -> None:
    archive = registry_base().read_bytes()
    loaded = fleet.operator.ssh(fleet.first, "docker load --quiet", stdin=archive)
    assert loaded.stdout.decode().strip() == "Loaded image: registry:2.8.3"
    run = "docker run --detach --name served --memory 64m --publish 5000:5000 registry:2.8.3"
    fleet.operator.checked_ssh(fleet.first, run)
    try:
        command = (
            f"curl --silent --retry 20 --retry-connrefused --retry-delay 1 http://{fleet.first}:5000/v2/"
        )
        assert fleet.operator.checked_ssh(fleet.far, command) == "{}"
        place = fleet.operator.checked_ssh(fleet.first, "docker exec served cat /proc/self/cgroup")
        assert Layout(fleet.state_dir.resolve()).control_group in place
    finally:
        fleet.operator.checked_ssh(fleet.first, "docker rm --force served")


def test_a_full_disk_is_full(fleet: Fleet) -> None:
    filled = fleet.operator.ssh(fleet.first, "dd if=/dev/zero of=/var/lib/docker/full bs=1M count=1200")
    assert filled.returncode != 0
    assert b"No space left on device" in filled.stderr
    fleet.operator.checked_ssh(fleet.first, "rm /var/lib/docker/full")


def test_starting_a_running_machine_changes_nothing(fleet: Fleet) -> None:
    before = fleet.operator.checked_ssh(
        fleet.first, "cat /proc/sys/kernel/random/boot_id; stat -c %Y /proc/1"
    )
    fleet.machines.start(fleet.specs[0])
    after = fleet.operator.checked_ssh(fleet.first, "cat /proc/sys/kernel/random/boot_id; stat -c %Y /proc/1")
    assert before == after


def test_a_stopped_machine_keeps_its_identity_and_files(fleet: Fleet) -> None:
    spec, key = fleet.specs[1], host_key(fleet.far)
    fleet.operator.checked_ssh(fleet.far, "echo kept >/root/kept; echo kept >/var/lib/docker/kept; sync")
    fleet.machines.stop(spec.identifier)
    assert not fleet.machines.running(spec.identifier)
    fleet.machines.stop(spec.identifier)
    fleet.machines.start(spec)
    assert fleet.machines.running(spec.identifier)
    assert host_key(fleet.far) == key
    assert fleet.operator.checked_ssh(fleet.far, "cat /root/kept /var/lib/docker/kept") == "kept\nkept"


def test_a_destroyed_machine_frees_what_it_had(fleet: Fleet) -> None:
    spec = specification(fleet.machines, fleet.operator, 900, "dal05")
    fleet.machines.start(spec)
    key = host_key(spec.public_ip or "")
    for _ in range(2):
        fleet.machines.destroy(900)
    assert not fleet.machines.running(900)
    assert not list(Layout(fleet.state_dir.resolve()).disks.glob("900*"))
    again = specification(fleet.machines, fleet.operator, 901, "dal05")
    try:
        assert again.public_ip == spec.public_ip
        fleet.machines.start(replace(again, hostname="other"))
        assert host_key(again.public_ip or "") != key
    finally:
        fleet.machines.destroy(901)


def test_unknown_machines_are_left_alone(fleet: Fleet) -> None:
    fleet.machines.stop(999)
    fleet.machines.destroy(999)
    assert not fleet.machines.running(999)


def test_a_dozen_disks_can_be_attached_and_leave_nothing(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    disks = [Disk(layout, number) for number in range(12)]
    try:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda disk: disk.attach(25), disks))
        devices = {_device(disk.mount_point) for disk in disks}
        assert len(devices) == 12
    finally:
        for disk in disks:
            disk.remove()
    assert left_on_host(tmp_path) == []
    assert not any(layout.disks.iterdir())


def _device(mount_point: Path) -> str:
    return subprocess.run(
        ["findmnt", "--noheadings", "--output", "SOURCE", str(mount_point)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
