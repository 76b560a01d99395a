"""Firewall: a server lets in what is needed, and nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.remote.script import remote_script
from components.server.firewall_rules import FirewallShape, rules
from components.server.server import Server


@dataclass(frozen=True)
class FirewallArgs:
    """Which server, and what it lets in; empty networks mean everybody.

    `inner_ports` are for the servers at `inner_from` alone: their front doors come to the registries here.
    The stack's other servers, at `ssh_peers`, always reach port 22: they are the way in where the operator's
    own address is no longer one of `ssh_from`.
    """

    server: Server
    ports: tuple[int, ...]
    ssh_from: tuple[str, ...] = ()
    registry_from: tuple[str, ...] = ()
    inner_ports: tuple[int, ...] = ()
    inner_from: Sequence[pulumi.Input[str]] = ()
    ssh_peers: Sequence[pulumi.Input[str]] = ()


class Firewall(pulumi.ComponentResource):
    """The rules, loaded on trial and then kept by a second login: rules that shut the operator out go again.

    Attributes:
        rules: that it loads, for both families.
        applied: depend on it before the server counts as closed.
    """

    def __init__(self, name: str, args: FirewallArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("softlayer-registry:index:Firewall", name, {}, opts)

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

        text = self.rules = pulumi.Output.all(
            pulumi.Output.all(*args.inner_from), pulumi.Output.all(*args.ssh_peers)
        ).apply(lambda addresses: texts(addresses[0], addresses[1]))
        server = args.server
        # After Docker: where iptables is missing, it comes with it.
        tried = remote_script(
            f"{name}-trial",
            "firewall.sh",
            "try",
            host=server.host,
            opts=server.on_server(self, server.engine),
            secret_input=text,
            on_delete=("remove",),
        )
        self.applied = remote_script(
            name,
            "firewall.sh",
            "confirm",
            host=server.host,
            opts=server.on_server(self, tried),
            secret_input=text,
        )
        self.register_outputs({})
