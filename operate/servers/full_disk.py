"""Names the server whose disk is full, which the error of a program there does not; pure.

A remote step fails with the system's own words (ENOSPC), or with those of `docker-room.sh`.
"""

import re
from collections.abc import Collection

from operate.servers.failed_resources import failed_resources, server_of

_FULL = re.compile(r"no space left on device|\bthe disk with \S+ is full", re.IGNORECASE)
_RUNBOOK = "docs/runbooks/swap.md, A server's disk is full"


def is_disk_full(text: str) -> bool:
    """Return whether an output or an error is of a full disk."""
    return _FULL.search(text) is not None


def explain_full_disk(server: str, output: str, message: str) -> str:
    """Return the message of a script that failed, with what helps where the server's disk is full.

    Args:
        server: Server, DATACENTER-NAME.
        output: Everything that the script wrote to standard error.
        message: Message of the script.
    """
    return f"{message}; {_remedy([server])}" if is_disk_full(output) else message


def full_disk_remedy(output: str, servers: Collection[str]) -> str:
    """Return whose disk is full and what helps, by the output of Pulumi; "" where none is.

    Args:
        output: Output with the diagnostics.
        servers: Names of the stack's servers, DATACENTER-NAME, with which names of resources on them begin.
    """
    if not is_disk_full(output):
        return ""
    resources = failed_resources(output, is_disk_full)
    servers_by_resource = {name: server for name in resources if (server := server_of(name, servers))}
    if servers_by_resource:
        return f"{_remedy(sorted(set(servers_by_resource.values())))}, then run the command again"
    if resources:
        return (
            f"the disk of the server of {', '.join(resources)} is full; `operate doctor ENV` shows the free"
            f" space of each server; make room there ({_RUNBOOK}), then run the command again"
        )
    return (
        "a disk of this machine is full: `operate doctor ENV` shows which; make room, then run the command"
        " again"
    )


def _remedy(servers: list[str]) -> str:
    subject = f"disks of {', '.join(servers)} are" if len(servers) > 1 else f"disk of {servers[0]} is"
    ssh = f"operate ssh ENV {servers[0]}"
    return (
        f"the {subject} full: `{ssh} df -h` shows which file system, `{ssh} docker system df` what Docker has"
        f" there; make room ({_RUNBOOK})"
    )
