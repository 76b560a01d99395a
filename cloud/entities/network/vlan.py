"""VLANs, subnets and their addresses."""

from ipaddress import IPv4Address, IPv4Network
from typing import TypeVar

from cloud.account.account import ACCOUNT_ID, Account
from cloud.catalog.networks import Vlan
from cloud.entities.base import entity_of
from cloud.entities.location import datacenter_entity
from cloud.entities.tags import tag_references
from cloud.state.records import Guest, Hardware, NetworkLabel
from cloud.values import Entity, Relation, Value, structure

VLAN = "SoftLayer_Network_Vlan"
SUBNET = "SoftLayer_Network_Subnet"
ADDRESS = "SoftLayer_Network_Subnet_IpAddress"

S = TypeVar("S", Guest, Hardware)


def vlan_entity(account: Account, vlan: Vlan) -> Entity:
    """Return a SoftLayer_Network_Vlan.

    Args:
        account: Account that has the VLAN.
        vlan: The VLAN.
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
            "primarySubnet": lambda: subnet_entity(account, vlan),
            "primarySubnets": lambda: [subnet_entity(account, vlan)],
            "subnets": lambda: [subnet_entity(account, vlan)],
            "totalPrimaryIpAddressCount": lambda: account.networks.subnet(vlan).num_addresses,
            "type": lambda: structure("", {"keyName": "STANDARD", "name": "Standard"}),
            **_relations(account, vlan, label),
        },
    )


def _relations(account: Account, vlan: Vlan, label: NetworkLabel) -> dict[str, Relation]:
    return {
        "virtualGuests": lambda: _servers(account, Guest, vlan),
        "hardware": lambda: _servers(account, Hardware, vlan),
        "tagReferences": lambda: tag_references(label.id, label.tags),
    }


def _servers(account: Account, kind: type[S], vlan: Vlan) -> list[Entity]:
    return [entity_of(server, account) for server in account.networks.members(kind, vlan)]


def router_entity(vlan: Vlan) -> Entity:
    """Return the SoftLayer_Hardware_Router of a VLAN."""
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


def subnet_entity(account: Account, vlan: Vlan) -> Entity:
    """Return the SoftLayer_Network_Subnet of a VLAN."""
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
            "networkVlan": lambda: vlan_entity(account, vlan),
            "ipAddresses": lambda: _addresses(account, vlan),
            "ipAddressCount": lambda: network.num_addresses,
            "utilizedIpAddressCount": lambda: (
                len(_servers(account, Guest, vlan)) + len(_servers(account, Hardware, vlan))
            ),
            **_relations(account, vlan, label),
        },
    )


def _addresses(account: Account, vlan: Vlan) -> list[Value]:
    network = account.networks.subnet(vlan)
    owners = {
        "virtualGuest": _owners(_servers(account, Guest, vlan), network),
        "hardware": _owners(_servers(account, Hardware, vlan), network),
    }
    return [_listed(account, vlan, address, owners) for address in network]


def _owners(servers: list[Entity], network: IPv4Network) -> dict[str, Entity]:
    """Return the servers by their addresses in the network."""
    return {ip: server for server in servers for ip in _own(server) if IPv4Address(ip) in network}


def _own(server: Entity) -> list[str]:
    addresses = (server.get(name) for name in ("primaryIpAddress", "primaryBackendIpAddress"))
    return [address for address in addresses if isinstance(address, str)]


def _listed(
    account: Account,
    vlan: Vlan,
    address: IPv4Address,
    owners: dict[str, dict[str, Entity]],
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
            "subnet": lambda: subnet_entity(account, vlan),
        },
    )


def address_id(address: IPv4Address) -> int:
    """Return the id of an address: below 2^31, one for each in 10.0.0.0/8 (choice)."""
    return 1_000_000_000 + int(address) % 2**24


def address_entity(account: Account, vlan: Vlan, text: str) -> Entity:
    """Return the SoftLayer_Network_Subnet_IpAddress of a server's address.

    Args:
        account: Account that has the server.
        vlan: The address's.
        text: Address as a dotted quad.
    """
    return Entity(
        ADDRESS,
        {"id": address_id(IPv4Address(text)), "ipAddress": text, "subnetId": vlan.subnet_id, "note": None},
        {"subnet": lambda: subnet_entity(account, vlan)},
    )
