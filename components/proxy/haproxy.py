"""Proxy: HAProxy on one server, for the doors that are added to it."""

from dataclasses import dataclass, field

import pulumi

from components.proxy.haproxy_config import ProxyShape, global_configuration
from components.remote.script import INSTALLATION_SECONDS, remote_script
from components.server.server import Server

DOOR_FOLDER = "/etc/registry-door"
"""What the doors have on their server (proxy.sh, door.sh)."""
_UNIT = "/etc/systemd/system/registry-door.service"


def door_files(file: str) -> tuple[str]:
    """Return the pattern of what door.sh writes under a name.

    Args:
        file: Name of the file.
    """
    return (f"{DOOR_FOLDER}/current/{file}.*",)


@dataclass(frozen=True)
class ProxyArgs:
    """Where it runs, and its shape."""

    server: Server
    shape: ProxyShape = field(default_factory=ProxyShape)


class Proxy(pulumi.ComponentResource):
    """HAProxy, running under a unit of its own; it is reloaded and restarted without a lost connection.

    Attributes:
        server: Server on which it runs.
        version: Version of HAProxy.
        content: Configuration that all doors share, as door.sh reads it.
        applied: Resource to depend on before a door is added.
    """

    def __init__(self, name: str, args: ProxyArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("softlayer-registry:index:Proxy", name, {}, opts)
        self.server = args.server
        self.content = global_configuration(args.shape)
        installed = remote_script(
            f"{name}-haproxy",
            "proxy.sh",
            "install",
            host=args.server.host,
            timeout=INSTALLATION_SECONDS,
            # After Docker: two scripts that install packages at once would meet at dpkg's lock.
            opts=args.server.on_server(self, args.server.engine),
            on_delete=("remove",),
            installs=(f"{DOOR_FOLDER}/start", f"{DOOR_FOLDER}/stop", _UNIT),
        )
        self.applied = remote_script(
            f"{name}-global",
            "door.sh",
            "write",
            "00-global",
            host=args.server.host,
            opts=args.server.on_server(self, installed),
            secret_input=self.content,
            installs=door_files("00-global"),
        )
        self.version = installed.stdout.apply(str.strip)
        self.register_outputs({"version": self.version})
