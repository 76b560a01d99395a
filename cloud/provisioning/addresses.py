"""Addresses of servers that run nowhere: a cloud without machines hands them out itself."""

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network
from itertools import islice

from cloud.catalog.networks import Vlan, unwired_network
from cloud.interfaces import Addresses
from cloud.state.records import Guest, Hardware, Server
from cloud.state.server_vlans import vlans
from cloud.state.store import Store

_KEPT = 9
"""Addresses at a subnet's beginning that no server gets: the router's and spare ones (choice)."""


def free_addresses(occupied: Iterable[str | None], private: Vlan, public: Vlan | None) -> Addresses | None:
    """Return the lowest free addresses in the VLANs' subnets, or None when one is full.

    Args:
        occupied: Addresses in use.
        private: The backend VLAN.
        public: The public VLAN; None for a private-only server.
    """
    used = {address for address in occupied if address}
    backend = _lowest(private, used)
    front = _lowest(public, used) if public else None
    if backend is None or (public is not None and front is None):
        return None
    return Addresses(front, backend)


def unwired_addresses(store: Store, server: Server) -> Addresses | None:
    """Free addresses for a server in a cloud without machines; None when its subnets are full."""
    servers = (*store.all(Guest), *store.all(Hardware))
    private, *public = vlans(server)
    occupied = (ip for server in servers for ip in (server.public_ip, server.private_ip))
    return free_addresses(occupied, private, public[0] if public else None)


def _lowest(vlan: Vlan, used: set[str]) -> str | None:
    return next(
        (text for text in _usable(vlan.subnet(unwired_network(vlan.datacenter))) if text not in used), None
    )


def _usable(subnet: IPv4Network) -> Iterator[str]:
    return (str(address) for address in islice(subnet.hosts(), _KEPT, None))
