"""StableAddress: a global IP that is routed to one front door and can be routed to any other."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

import pulumi_softlayer as softlayer
from components.refused_setting import RefusedSettingError
from components.remote.script import remote_script
from components.server.cancellation import warn_of_cancellation
from components.server.server import Server


@dataclass(frozen=True)
class StableAddressArgs:
    """What a stable address needs.

    Attributes:
        doors: The servers with front doors, in any datacenter; the initial route goes to the first one.
        notes: Notes of the address in the account.
        protect: Whether its deletion is refused.

    Raises:
        ValueError: There is no server.
    """

    doors: Sequence[Server]
    notes: str
    protect: bool

    def __post_init__(self) -> None:
        if not self.doors:
            raise ValueError(
                "doors must have at least one server with a front door, to which the global IP is routed"
            )


class StableAddress(pulumi.ComponentResource):
    """A global IP that is assigned to each front door's server.

    `operate route` routes it to another door; a program that runs afterwards keeps that route.

    Attributes:
        ordered: The order, with what it costs.
        address: Address that clients use.
        number: Id of the global IP in the account.
    """

    def __init__(
        self, name: str, args: StableAddressArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("softlayer-registry:index:StableAddress", name, {}, opts)
        addresses = [public_address(server) for server in args.doors]
        self.ordered = softlayer.GlobalIp(
            f"{name}-global-ip",
            route_to=addresses[0],
            alternatives=addresses,
            notes=args.notes,
            # Where SoftLayer refuses to cancel it at once, it is paid until its anniversary in any case.
            cancel_on_anniversary=True,
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        warn_of_cancellation(self.ordered, "the global IP", self.ordered.cancellation_date)
        self.address, self.number = self.ordered.address, self.ordered.global_ip_id
        self._assignments = {server.name: self._assign_address(server) for server in args.doors}
        self.register_outputs({"address": self.address})

    def address_assignment(self, server: Server) -> pulumi.Resource:
        """Return the assignment of the address to a server, on which a front door that binds it depends."""
        return self._assignments[server.name]

    def _assign_address(self, server: Server) -> pulumi.Resource:
        return remote_script(
            f"{server.name}-global-ip",
            "global-ip.sh",
            "hold",
            self.address,
            host=server.host,
            opts=server.on_server(self),
            on_delete=("release",),
            installs=("/etc/systemd/system/registry-global-ip.service",),
        )


def public_address(server: Server) -> pulumi.Output[str]:
    """Return the address of a server to which a global IP can be routed."""

    def require_address(public_ip: str | None) -> str:
        if not public_ip:
            raise RefusedSettingError(
                f"globalIp: {server.name} must have a public address, so that a global IP can be routed to it"
            )
        return public_ip

    return server.ordered.public_ip.apply(require_address)
