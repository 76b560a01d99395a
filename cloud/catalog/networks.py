"""The account's VLANs and primary subnets: a public and two private ones in every datacenter (choice).

On the real cloud a VLAN comes with the first server of a datacenter. Here all are there from the beginning,
so that a program can look one up before it orders. Ids, numbers and sizes are a choice; VLANs of one
datacenter are the same wire for its machines, so they separate nothing.
"""

from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Literal

from cloud.catalog.datacenters import DATACENTERS, Datacenter

Space = Literal["PUBLIC", "PRIVATE"]
_FIRST_SECOND_OCTET = 100


@dataclass(frozen=True)
class Vlan:
    """A VLAN with its only subnet.

    Attributes:
        datacenter: Datacenter of the VLAN.
        space: Network of the VLAN, the public or the private one.
        second: The private one that is not the default.
    """

    datacenter: Datacenter
    space: Space
    second: bool = False

    @property
    def id(self) -> int:
        """The VLAN's id."""
        return self.datacenter.id * 10 + (7 if self.second else 4 if self.space == "PUBLIC" else 3)

    @property
    def subnet_id(self) -> int:
        """The id of its primary subnet."""
        return self.datacenter.id * 10 + (8 if self.second else 6 if self.space == "PUBLIC" else 5)

    @property
    def number(self) -> int:
        """The VLAN number on its router."""
        return 1003 if self.second else 1002 if self.space == "PUBLIC" else 1001

    @property
    def router_id(self) -> int:
        """The router it is on, as the datacenter's pod names it."""
        return self.datacenter.id * 10 + (2 if self.space == "PUBLIC" else 1)

    @property
    def router_name(self) -> str:
        """The router's host name, `bcr01a.dal13`."""
        return f"{'fcr' if self.space == 'PUBLIC' else 'bcr'}01a.{self.datacenter.name}"

    @property
    def full_name(self) -> str:
        """`dal13.bcr01a.1001`."""
        return f"{self.datacenter.name}.{self.router_name.partition('.')[0]}.{self.number}"

    def subnet(self, network: IPv4Network) -> IPv4Network:
        """Return its part of the datacenter's network: the lower half is public, a quarter each private."""
        lower, upper = network.subnets(prefixlen_diff=1)
        if self.space == "PUBLIC":
            return lower
        first, second = upper.subnets(prefixlen_diff=1)
        return second if self.second else first


def vlans_of(datacenter: Datacenter) -> tuple[Vlan, ...]:
    """Return the VLANs of a datacenter: private, public, second private."""
    return (
        Vlan(datacenter, "PRIVATE"),
        Vlan(datacenter, "PUBLIC"),
        Vlan(datacenter, "PRIVATE", second=True),
    )


VLANS = tuple(vlan for datacenter in DATACENTERS for vlan in vlans_of(datacenter))
_BY_ID = {vlan.id: vlan for vlan in VLANS}
_BY_SUBNET = {vlan.subnet_id: vlan for vlan in VLANS}


def find_vlan(number: int) -> Vlan | None:
    """Return the VLAN of an id, or None."""
    return _BY_ID.get(number)


def find_vlan_of_subnet(number: int) -> Vlan | None:
    """Return the VLAN of its subnet's id, or None."""
    return _BY_SUBNET.get(number)


def unwired_network(datacenter: Datacenter) -> IPv4Network:
    """Return the datacenter's network in a cloud without machines: a /20 of its own, from 10.100.0.0 on."""
    return IPv4Network(f"10.{_FIRST_SECOND_OCTET + DATACENTERS.index(datacenter)}.0.0/20")
