"""The machine a server runs on, and what a step of its transactions does to it."""

from dataclasses import dataclass

from cloud.interfaces import MachineError, Machines, MachineSpec
from cloud.machines.cloud_config import runs_cloud_init
from cloud.provisioning.stages import Stage, Work
from cloud.state.hardware_records import Hardware
from cloud.state.records import Server

_POWERED: dict[Work, bool] = {"start": True, "reinstall": True, "stop": False, "destroy": False}


@dataclass(frozen=True)
class MachineSize:
    """How large a machine is."""

    cpus: int
    memory_mb: int
    disk_gb: int


def machine_specification(server: Server, size: MachineSize) -> MachineSpec:
    """Return the machine a server runs on.

    Raises:
        MachineError: The server has no address yet.
    """
    if server.private_ip is None:
        raise MachineError(f"server {server.id} ({server.hostname}) has no address yet")
    return MachineSpec(
        server.id,
        server.hostname,
        server.domain,
        server.datacenter,
        server.os_code,
        size.cpus,
        size.memory_mb,
        size.disk_gb,
        server.public_ip,
        server.private_ip,
        server.sealed_keys,
        "\n".join(server.user_data),
        not isinstance(server, Hardware) and runs_cloud_init(server.os_code),
    )


def work_on_machine(machines: Machines, server: Server, size: MachineSize, stage: Stage) -> None:
    """Do to the server's machine what a step does. Blocks.

    Raises:
        MachineError: The machine does not follow.
    """
    if stage.work == "start":
        machines.start(machine_specification(server, size))
    elif stage.work == "reinstall":
        machines.reinstall(machine_specification(server, size))
    elif stage.work in ("stop", "renew"):
        machines.stop(server.id)
    elif stage.work == "destroy":
        machines.destroy(server.id)
    elif stage.work == "script" and server.script_uri:
        machines.run_script(server.id, server.script_uri)


def powered_after(server: Server, stage: Stage) -> bool:
    """Return whether the server is meant to run once the step is done."""
    return _POWERED.get(stage.work, server.powered)
