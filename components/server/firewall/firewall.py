"""Firewall: a server lets in what is needed, and nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_command import remote

from components.remote.script import remote_script
from components.server.firewall.rules import FirewallShape, rules
from components.server.server import Server

_FILES = (
    "/etc/registry-firewall/kept",
    "/usr/local/sbin/registry-firewall",
    "/etc/systemd/system/registry-firewall.service",
)
"""What firewall.sh leaves once its rules are confirmed."""


@dataclass(frozen=True)
class FirewallArgs:
    """Which server, and what it lets in; empty networks mean everybody.

    `inner_ports` are for the servers at `inner_from` alone: their front doors come to the registries here.
    The stack's other servers, at `ssh_peers`, always reach port 22: they are the way in where the operator's
    own address is no longer one of `ssh_from`. With `removed` nothing is loaded, and what was loaded
    goes: so it is declared on a server that may be off.
    """

    server: Server
    ports: tuple[int, ...]
    ssh_from: tuple[str, ...] = ()
    registry_from: tuple[str, ...] = ()
    inner_ports: tuple[int, ...] = ()
    inner_from: Sequence[pulumi.Input[str]] = ()
    ssh_peers: Sequence[pulumi.Input[str]] = ()
    removed: bool = False


class Firewall(pulumi.ComponentResource):
    """The rules, loaded on trial and then kept by a second login: rules that shut the operator out go again.

    Attributes:
        rules: Rules that it loads, for both families; "" where it is removed.
        applied: Resource to depend on before the server counts as closed.
    """

    def __init__(self, name: str, args: FirewallArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("softlayer-registry:index:Firewall", name, {}, opts)
        if args.removed:
            self.rules, self.applied = pulumi.Output.from_input(""), self._remove(name, args.server)
        else:
            self.rules = _rules(args)
            self.applied = self._load(name, args.server)
        self.register_outputs({})

    def _remove(self, name: str, server: Server) -> remote.Command:
        """Take the rules away: by the resource that loads them, whose deletion could not wait."""
        return remote_script(
            f"{name}-trial",
            "firewall.sh",
            "remove",
            host=server.host,
            opts=server.on_server(self, server.engine),
            removes=True,
        )

    def _load(self, name: str, server: Server) -> remote.Command:
        # After Docker: where iptables is missing, it comes with it.
        tried = remote_script(
            f"{name}-trial",
            "firewall.sh",
            "try",
            host=server.host,
            opts=server.on_server(self, server.engine),
            secret_input=self.rules,
            on_delete=("remove",),
            installs=(),
        )
        return remote_script(
            name,
            "firewall.sh",
            "confirm",
            host=server.host,
            opts=server.on_server(self, tried),
            secret_input=self.rules,
            installs=_FILES,
        )


def _rules(args: FirewallArgs) -> pulumi.Output[str]:
    def texts(inner_from: Sequence[str], ssh_peers: Sequence[str]) -> str:
        shape = FirewallShape(
            args.ports,
            args.ssh_from,
            args.registry_from,
            args.inner_ports,
            tuple(inner_from),
            tuple(ssh_peers),
        )
        return f"{rules(shape, 4)}# IPv6\n{rules(shape, 6)}"

    return pulumi.Output.all(pulumi.Output.all(*args.inner_from), pulumi.Output.all(*args.ssh_peers)).apply(
        lambda addresses: texts(addresses[0], addresses[1])
    )
