"""The account's networks: which VLANs a server is on, where their subnets lie, and what they are labelled."""

from functools import cache
from ipaddress import IPv4Network
from typing import TypeVar

from cloud.addresses import free_addresses
from cloud.api import faults
from cloud.catalog.datacenters import Datacenter, find_datacenter
from cloud.catalog.networks import Vlan, find_vlan, unwired_network
from cloud.ports import Addresses, MachineError, Machines
from cloud.records import Guest, Hardware, NetworkLabel, Server
from cloud.store import Store

S = TypeVar("S", Guest, Hardware)


class Networks:
    """The VLANs and subnets of one account.

    Args:
        store: the books.
        machines: the real machines, whose networks they are; None for a cloud without.
    """

    def __init__(self, store: Store, machines: Machines | None) -> None:
        self._store = store
        self._machines = machines
        self._network = cache(self._look_up)

    def subnet(self, vlan: Vlan) -> IPv4Network:
        """Where the VLAN's subnet lies.

        Raises:
            ApiFault: the machines' networks cannot be told.
        """
        return vlan.subnet(self._network(vlan.datacenter))

    def label(self, number: int) -> NetworkLabel:
        """Name, note and tags of a VLAN or subnet; empty ones where none were given."""
        return self._store.get(NetworkLabel, number) or NetworkLabel(number)

    def members(self, kind: type[S], vlan: Vlan) -> tuple[S, ...]:
        """The servers of a kind, virtual or bare metal, with a port in the VLAN."""
        return tuple(one for one in self._store.all(kind) if vlan in vlans(one))

    def _look_up(self, datacenter: Datacenter) -> IPv4Network:
        if self._machines is None:
            return unwired_network(datacenter)
        try:
            return IPv4Network(self._machines.network(datacenter.name))
        except MachineError as error:
            raise faults.internal_error() from error


def vlans(server: Server) -> tuple[Vlan, ...]:
    """The server's VLANs: the private one, and the public one unless it has none."""
    home = find_datacenter(server.datacenter)
    if home is None:
        return ()
    private = find_vlan(server.private_vlan) or Vlan(home, "PRIVATE")
    if server.private_only:
        return (private,)
    return (private, find_vlan(server.public_vlan) or Vlan(home, "PUBLIC"))


def unwired_addresses(store: Store, server: Server) -> Addresses | None:
    """Free addresses for a server in a cloud without machines; None when its subnets are full."""
    servers = (*store.all(Guest), *store.all(Hardware))
    private, *public = vlans(server)
    taken = (ip for one in servers for ip in (one.public_ip, one.private_ip))
    return free_addresses(taken, private, public[0] if public else None)
