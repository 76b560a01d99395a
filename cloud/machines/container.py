"""One machine as a container: made once, started and stopped any number of times."""

import os
from pathlib import Path
from typing import Any

from docker import DockerClient
from docker.errors import NotFound
from docker.models.containers import Container
from docker.types import Mount

from cloud.interfaces import MachineSpec
from cloud.machines.disk import Disk
from cloud.machines.layout import Layout
from cloud.machines.machine_files import TRUSTED, machine_files, metadata_files

IDENTIFIER_LABEL = "softlayer.guest"
_SYSTEMD_HALT = "SIGRTMIN+3"
_STOP_SECONDS = 10
_PERIOD_MICROSECONDS = 100_000


def container_name(identifier: int) -> str:
    """Return the name of a guest's container."""
    return f"guest-{identifier}"


def find_container(client: DockerClient, identifier: int) -> Container | None:
    """Return the guest's container, None where there is none."""
    try:
        return client.containers.get(container_name(identifier))
    except NotFound:
        return None


def make_container(
    client: DockerClient, layout: Layout, image: str, spec: MachineSpec, trust: Path = TRUSTED
) -> Container:
    """Create the guest's container with its own files in it; it does not run yet.

    Args:
        client: Client of the cloud's engine.
        layout: Layout of the cloud.
        image: The machine image.
        spec: Spec of the machine; its disk is attached, and its network exists.
        trust: The authorities it trusts, in one file.
    """
    api = client.api
    endpoint = api.create_endpoint_config(ipv4_address=spec.public_ip or spec.private_ip)
    created = api.create_container(
        image,
        ["/sbin/init"],
        name=container_name(spec.identifier),
        hostname=f"{spec.hostname}.{spec.domain}",
        labels={IDENTIFIER_LABEL: str(spec.identifier)},
        stop_signal=_SYSTEMD_HALT,
        host_config=_host_config(client, layout, spec),
        networking_config={"EndpointsConfig": {spec.datacenter: endpoint}},
    )
    container = client.containers.get(created["Id"])
    container.put_archive("/", machine_files(spec, trust))
    return container


def adapt(client: DockerClient, container: Container, spec: MachineSpec) -> None:
    """Give a machine that stands still the size and the user data it is to have now."""
    limits = _limits(client, spec)
    if limits:
        container.update(**limits)
    container.put_archive("/", metadata_files(spec))


def halt(container: Container) -> None:
    """Stop it as a power button does; by force when systemd does not end in time."""
    container.stop(timeout=_STOP_SECONDS)


def _host_config(client: DockerClient, layout: Layout, spec: MachineSpec) -> dict[str, Any]:
    disk = Disk(layout, spec.identifier)
    config: dict[str, Any] = client.api.create_host_config(
        # All but what this host may lack itself: a machine has Docker inside.
        cap_add=["ALL"],
        cap_drop=["SYS_RESOURCE"],
        security_opt=["seccomp=unconfined", "apparmor=unconfined"],
        tmpfs={"/run": "", "/tmp": ""},  # noqa: S108 - the machine's own
        mounts=[
            Mount("/var/lib/docker", str(disk.mount_point), type="bind"),
            Mount("/sys/fs/cgroup", "/sys/fs/cgroup", type="bind"),
        ],
        cgroup_parent=layout.control_group,
        network_mode=spec.datacenter,
        **_limits(client, spec),
    )
    # What the command line calls --cgroupns host and --security-opt systempaths=unconfined.
    return {**config, "CgroupnsMode": "host", "MaskedPaths": [], "ReadonlyPaths": []}


def _limits(client: DockerClient, spec: MachineSpec) -> dict[str, Any]:
    """Return the ordered size, as far as this host can hold it."""
    able = client.info()
    limits: dict[str, Any] = {}
    if able.get("MemoryLimit"):
        limits["mem_limit"] = f"{spec.memory_mb}m"
        if able.get("SwapLimit"):
            limits["memswap_limit"] = f"{2 * spec.memory_mb}m"
    if able.get("CpuCfsQuota"):
        limits["cpu_period"] = _PERIOD_MICROSECONDS
        limits["cpu_quota"] = min(spec.cpus, os.cpu_count() or 1) * _PERIOD_MICROSECONDS
    return limits
