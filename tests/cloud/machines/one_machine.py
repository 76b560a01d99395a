"""One real machine and the operator who may log in, for tests of what is done on a server."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cloud.interfaces import MachineSpec
from cloud.machines.local_machines import LocalMachines
from dev.images.machine import machine_image
from harness.cloud.machine_host import MachineOwner, left_on_host


@dataclass(frozen=True)
class OneMachine:
    """A machine that runs, on machines of its own."""

    machines: LocalMachines
    operator: MachineOwner
    spec: MachineSpec


@contextmanager
def one_machine(
    folder: Path, hostname: str, memory_mb: int, disk_gb: int, user_data: str = "#cloud-config\n"
) -> Iterator[OneMachine]:
    """Boot it in an empty folder; afterwards nothing is left on this host."""
    state_dir = folder / "cloud"
    (folder / "operator").mkdir()
    operator = MachineOwner(folder / "operator")
    machines = LocalMachines(state_dir, machine_image())
    try:
        machines.up()
        reserved = machines.reserve(101, "dal05", private_only=False)
        spec = MachineSpec(
            101, hostname, "example.com", "dal05", "DEBIAN_12_64", 2, memory_mb, disk_gb,
            reserved.public_ip, reserved.private_ip, (operator.public_key,), user_data, True,
        )  # fmt: skip
        machines.start(spec)
        yield OneMachine(machines, operator, spec)
    finally:
        machines.down()
    assert left_on_host(state_dir) == []
