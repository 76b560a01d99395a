"""Global IPs on this host: a route of one address over a datacenter's bridge to a machine there."""

import json
from ipaddress import IPv4Address, IPv4Network

from cloud.interfaces import MachineError
from cloud.machines.host_command import host
from cloud.machines.layout import Layout
from cloud.machines.state import MachineState

_LAST_SUBNET = 255
"""Third number of the addresses that no datacenter has."""


def global_network(network: str) -> str:
    """Return the part of the cloud's /16 that global IPs are taken from. Pure."""
    first, second, *_ = network.split(".")
    return f"{first}.{second}.{_LAST_SUBNET}.0/24"


def bridge_to(layout: Layout, state: MachineState, target: str) -> str:
    """Return the bridge of the datacenter that an address is in. Pure.

    Raises:
        MachineError: The address is in no datacenter.
    """
    third = int(target.split(".")[2])
    if IPv4Address(target) not in IPv4Network(state.network) or third not in state.datacenters.values():
        raise MachineError(
            f"{target} is not the address of a machine of this cloud; route to an address that"
            " cloud status shows"
        )
    return layout.bridge(third)


def set_route(address: str, target: str, bridge: str) -> None:
    """Route the address to the machine; an earlier route of it is replaced."""
    host(["ip", "route", "replace", f"{address}/32", "via", target, "dev", bridge])


def clear_route(address: str) -> None:
    """Take the address's route away; again without harm."""
    routes = json.loads(host(["ip", "-json", "route", "show", "exact", f"{address}/32"]) or "[]")
    if routes:
        host(["ip", "route", "delete", f"{address}/32"])
