"""VLANs, subnets and their addresses."""

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from cloud.account import ACCOUNT_ID, Account
from cloud.catalog.networks import Vlan
from cloud.entities.location import datacenter_entity
from cloud.entities.tags import tag_references
from cloud.records import NetworkLabel
from cloud.values import Entity, Relation, Value, structure

VLAN = "SoftLayer_Network_Vlan"
SUBNET = "SoftLayer_Network_Subnet"
ADDRESS = "SoftLayer_Network_Subnet_IpAddress"


@dataclass(frozen=True)
class Members:
    """The servers of a VLAN as entities, worked out when asked for."""

    guests: Callable[[], list[Value]]
    hardware: Callable[[], list[Value]]

    def count(self) -> int:
        """How many there are."""
        return len(self.guests()) + len(self.hardware())


def vlan_entity(account: Account, vlan: Vlan, members: Members) -> Entity:
    """A SoftLayer_Network_Vlan.

    Args:
        account: whose.
        vlan: which.
        members: its servers.
    """
    label = account.networks.label(vlan.id)
    return Entity(
        VLAN,
        {
            "id": vlan.id,
            "accountId": ACCOUNT_ID,
            "vlanNumber": vlan.number,
            "fullyQualifiedName": vlan.full_name,
            "name": label.name or None,
            "note": label.note or None,
            "primarySubnetId": vlan.subnet_id,
            "modifyDate": label.modified,
        },
        {
            "networkSpace": lambda: vlan.space,
            "podName": lambda: f"{vlan.datacenter.name}.pod01",
            "datacenter": lambda: datacenter_entity(vlan.datacenter),
            "primaryRouter": lambda: router_entity(vlan),
            "primarySubnet": lambda: subnet_entity(account, vlan, members),
            "primarySubnets": lambda: [subnet_entity(account, vlan, members)],
            "subnets": lambda: [subnet_entity(account, vlan, members)],
            "totalPrimaryIpAddressCount": lambda: account.networks.subnet(vlan).num_addresses,
            "type": lambda: structure("", {"keyName": "STANDARD", "name": "Standard"}),
            **_relations(members, label),
        },
    )


def _relations(members: Members, label: NetworkLabel) -> dict[str, Relation]:
    return {
        "virtualGuests": members.guests,
        "hardware": members.hardware,
        "tagReferences": lambda: tag_references(label.id, label.tags),
    }


def router_entity(vlan: Vlan) -> Entity:
    """The SoftLayer_Hardware_Router of a VLAN."""
    hostname = vlan.router_name.partition(".")[0]
    return Entity(
        "SoftLayer_Hardware_Router",
        {
            "id": vlan.router_id,
            "hostname": f"{hostname}.{vlan.datacenter.name}",
            "domain": "softlayer.com",
            "fullyQualifiedDomainName": f"{hostname}.{vlan.datacenter.name}.softlayer.com",
        },
        {
            "datacenter": lambda: datacenter_entity(vlan.datacenter),
            "topLevelLocation": lambda: datacenter_entity(vlan.datacenter),
        },
    )


def subnet_entity(account: Account, vlan: Vlan, members: Members) -> Entity:
    """The SoftLayer_Network_Subnet of a VLAN."""
    network, label = account.networks.subnet(vlan), account.networks.label(vlan.subnet_id)
    return Entity(
        SUBNET,
        {
            "id": vlan.subnet_id,
            "networkIdentifier": str(network.network_address),
            "cidr": network.prefixlen,
            "netmask": str(network.netmask),
            "gateway": str(network.network_address + 1),
            "broadcastAddress": str(network.broadcast_address),
            "networkVlanId": vlan.id,
            "subnetType": "PRIMARY",
            "version": 4,
            # Decimals travel as text, as for all of the API's money and counts of this kind.
            "totalIpAddresses": str(network.num_addresses),
            "usableIpAddressCount": str(network.num_addresses - 3),
            "isCustomerOwned": False,
            "isCustomerRoutable": False,
            "note": label.note or None,
            "modifyDate": label.modified,
        },
        {
            "addressSpace": lambda: vlan.space,
            "datacenter": lambda: datacenter_entity(vlan.datacenter),
            "networkVlan": lambda: vlan_entity(account, vlan, members),
            "ipAddresses": lambda: _addresses(account, vlan, members),
            "ipAddressCount": lambda: network.num_addresses,
            "utilizedIpAddressCount": members.count,
            **_relations(members, label),
        },
    )


def _addresses(account: Account, vlan: Vlan, members: Members) -> list[Value]:
    network = account.networks.subnet(vlan)
    owners = {
        "virtualGuest": _owners(members.guests(), network),
        "hardware": _owners(members.hardware(), network),
    }
    return [_listed(account, vlan, address, owners, members) for address in network]


def _owners(servers: list[Value], network: IPv4Network) -> dict[str, Entity]:
    """The servers by their addresses in the network."""
    entities = [one for one in servers if isinstance(one, Entity)]
    return {ip: one for one in entities for ip in _own(one) if IPv4Address(ip) in network}


def _own(server: Entity) -> list[str]:
    found = (server.get(name) for name in ("primaryIpAddress", "primaryBackendIpAddress"))
    return [one for one in found if isinstance(one, str)]


def _listed(
    account: Account,
    vlan: Vlan,
    address: IPv4Address,
    owners: dict[str, dict[str, Entity]],
    members: Members,
) -> Entity:
    network = account.networks.subnet(vlan)
    local: dict[str, Value] = {
        "id": address_id(address),
        "ipAddress": str(address),
        "subnetId": vlan.subnet_id,
        "isBroadcast": address == network.broadcast_address,
        "isGateway": address == network.network_address + 1,
        "isNetwork": address == network.network_address,
        "isReserved": False,
        "note": None,
    }
    return Entity(
        ADDRESS,
        local,
        {
            "virtualGuest": lambda: owners["virtualGuest"].get(str(address)),
            "hardware": lambda: owners["hardware"].get(str(address)),
            "subnet": lambda: subnet_entity(account, vlan, members),
        },
    )


def address_id(address: IPv4Address) -> int:
    """The id of an address: below 2^31, one for each in 10.0.0.0/8 (choice)."""
    return 1_000_000_000 + int(address) % 2**24


def address_entity(account: Account, vlan: Vlan, text: str, members: Members) -> Entity:
    """The SoftLayer_Network_Subnet_IpAddress of a server's address.

    Args:
        account: whose.
        vlan: the address's.
        text: dotted quad.
        members: the VLAN's servers.
    """
    return Entity(
        ADDRESS,
        {"id": address_id(IPv4Address(text)), "ipAddress": text, "subnetId": vlan.subnet_id, "note": None},
        {"subnet": lambda: subnet_entity(account, vlan, members)},
    )
