"""The account's networks: which VLANs a server is on, where their subnets lie, and what they are labelled."""

from functools import cache
from ipaddress import IPv4Network
from typing import TypeVar

from cloud import faults
from cloud.catalog.datacenters import Datacenter
from cloud.catalog.networks import Vlan, unwired_network
from cloud.interfaces import MachineError, Machines
from cloud.state.records import Guest, Hardware, NetworkLabel
from cloud.state.server_vlans import vlans
from cloud.state.store import Store

S = TypeVar("S", Guest, Hardware)


class Networks:
    """The VLANs and subnets of one account.

    Args:
        store: The account's state.
        machines: The real machines, whose networks they are; None for a cloud without.
    """

    def __init__(self, store: Store, machines: Machines | None) -> None:
        self._store = store
        self._machines = machines
        self._network = cache(self._look_up)

    def subnet(self, vlan: Vlan) -> IPv4Network:
        """Return where the VLAN's subnet is.

        Raises:
            ApiFault: The networks of the machines cannot be read.
        """
        return vlan.subnet(self._network(vlan.datacenter))

    def label(self, number: int) -> NetworkLabel:
        """Return name, note and tags of a VLAN or subnet; empty ones where none were given."""
        return self._store.get(NetworkLabel, number) or NetworkLabel(number)

    def members(self, kind: type[S], vlan: Vlan) -> tuple[S, ...]:
        """Return the servers of a kind, virtual or bare metal, with a port in the VLAN."""
        return tuple(server for server in self._store.all(kind) if vlan in vlans(server))

    def _look_up(self, datacenter: Datacenter) -> IPv4Network:
        if self._machines is None:
            return unwired_network(datacenter)
        try:
            return IPv4Network(self._machines.network(datacenter.name))
        except MachineError as error:
            raise faults.internal_error() from error
