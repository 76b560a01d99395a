"""Keeps neighbours of a server out of Docker's bridge networks, whether it has a firewall or not."""

import pulumi
from pulumi_command import remote

from components.remote.script import remote_script
from components.server.server import Server


def guard_bridges(server: Server, parent: pulumi.Resource) -> remote.Command:
    """Declare the rules; no container of a registry may start before them.

    Args:
        server: Server that carries containers, or may carry them.
        parent: Parent of the resource.
    """
    return remote_script(
        f"{server.name}-bridges",
        "bridge-guard.sh",
        "apply",
        host=server.host,
        # After Docker: where iptables is missing, it comes with it.
        opts=server.on_server(parent, server.engine),
        on_delete=("remove",),
        installs=("/usr/local/sbin/registry-bridges", "/etc/systemd/system/registry-bridges.service"),
    )
