"""Waits until a machine can be used: its sshd greets and its systemd has finished starting."""

import socket
import time

from docker.models.containers import Container

from cloud.interfaces import MachineError, MachineSpec
from cloud.machines.network.firewalls import PROVISIONING_MARK

READY_SECONDS = 120
_UP = ("running", "degraded")


def await_ready(container: Container, spec: MachineSpec, seconds: float = READY_SECONDS) -> None:
    """Return when the machine can be used.

    Args:
        container: Container of the machine, started.
        spec: Spec of the machine.
        seconds: How long to wait at most.

    Raises:
        MachineError: The machine died, or was not ready in time; the message has the end of its journal.
    """
    deadline = time.monotonic() + seconds
    address = spec.public_ip or spec.private_ip
    while not (ssh_ready(address) and _systemd_state(container) in _UP):
        container.reload()
        if container.status not in ("running", "created") or time.monotonic() > deadline:
            raise MachineError(
                f"machine {spec.hostname} ({spec.identifier}) in {spec.datacenter}, {address}, is"
                f" {container.status} and was not ready within {seconds:.0f} s; cancel it and order again."
                f" Its journal ends with:\n{_journal(container)}"
            )
        time.sleep(0.1)


def ssh_ready(address: str, port: int = 22) -> bool:
    """Return whether an SSH server answers at an address now; a security group does not hide it.

    Args:
        address: IPv4 address of a machine.
        port: TCP port of its SSH server.
    """
    try:
        with socket.socket() as connection:
            connection.settimeout(2)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, PROVISIONING_MARK)
            connection.connect((address, port))
            return connection.recv(4) == b"SSH-"
    except OSError:
        return False


def _systemd_state(container: Container) -> str:
    """`--wait` returns when the boot is over, so that dockerd is up by then."""
    return _output(container, ["systemctl", "is-system-running", "--wait"])


def _journal(container: Container) -> str:
    return _output(container, ["journalctl", "--no-pager", "--lines", "15"])


def _output(container: Container, command: list[str]) -> str:
    if container.status == "exited":
        return ""
    output = container.exec_run(command).output
    return output.decode(errors="replace").strip() if isinstance(output, bytes) else ""
