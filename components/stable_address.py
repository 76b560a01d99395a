"""StableAddress: a global IP that leads to one front door and can lead to any other."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

import pulumi_softlayer as softlayer
from components.cancellation import warn_of_cancellation
from components.remote_script import remote_script
from components.server import Server


@dataclass(frozen=True)
class StableAddressArgs:
    """What a stable address needs.

    Attributes:
        doors: the servers with front doors, in any datacenter; it leads to the first of them at first.
        notes: at the address in the account.
        protect: whether its deletion is refused.

    Raises:
        ValueError: no server.
    """

    doors: Sequence[Server]
    notes: str
    protect: bool

    def __post_init__(self) -> None:
        if not self.doors:
            raise ValueError("a stable address leads to a front door; name a server that has one")


class StableAddress(pulumi.ComponentResource):
    """A global IP, and that each door's server holds it.

    `operate route` leads it to another door; a program that runs afterwards leaves it there.

    Attributes:
        ordered: the order, with what it costs.
        address: of clients.
        number: in the account.
    """

    def __init__(
        self, name: str, args: StableAddressArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("softlayer-registry:index:StableAddress", name, {}, opts)
        places = [public_address(server) for server in args.doors]
        self.ordered = softlayer.GlobalIp(
            f"{name}-global-ip",
            route_to=places[0],
            alternatives=places,
            notes=args.notes,
            # Where SoftLayer refuses to cancel it at once, it is paid until its anniversary anyway.
            cancel_on_anniversary=True,
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        warn_of_cancellation(self.ordered, "the global IP", self.ordered.cancellation_date)
        self.address, self.number = self.ordered.address, self.ordered.global_ip_id
        self._held = {server.name: self._hold(server) for server in args.doors}
        self.register_outputs({"address": self.address})

    def held(self, server: Server) -> pulumi.Resource:
        """What makes a door's server hold it; depend on it before its door listens there."""
        return self._held[server.name]

    def _hold(self, server: Server) -> pulumi.Resource:
        return remote_script(
            f"{server.name}-global-ip",
            "global-ip.sh",
            "hold",
            self.address,
            host=server.host,
            opts=server.on_server(self),
            undo=("release",),
        )


def public_address(server: Server) -> pulumi.Output[str]:
    """Where a global IP can lead to."""

    def known(address: str | None) -> str:
        if not address:
            raise ValueError(f"{server.name} has no public address, so that no global IP can lead to it")
        return address

    return server.ordered.public_ip.apply(known)
