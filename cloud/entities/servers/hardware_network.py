"""The network side of a bare metal server: its components."""

from cloud.account.account import Account
from cloud.catalog.networks import Vlan
from cloud.entities.network.vlan import address_entity, router_entity, subnet_entity, vlan_entity
from cloud.state.records import Hardware
from cloud.state.server_vlans import vlans
from cloud.values import Entity, Value, structure


def network_components(account: Account, server: Hardware) -> list[Entity]:
    """Return SoftLayer_Network_Components: eth0 is the backend, eth1 the public network, mgmt0 management."""
    return [*(_component(account, server, vlan) for vlan in vlans(server)), _management(server)]


def _component(account: Account, server: Hardware, vlan: Vlan) -> Entity:
    public = vlan.space == "PUBLIC"
    address = server.public_ip if public else server.private_ip
    tail = f"{server.id & 0xFFFFFF:06x}"
    local: dict[str, Value] = {
        "id": server.id * 4 + int(public),
        "hardwareId": server.id,
        "name": "eth",
        "port": int(public),
        "maxSpeed": server.speed_mbps,
        "speed": server.speed_mbps,
        "status": "ACTIVE",
        "macAddress": f"0c:{int(public):02x}:{tail[:2]}:{tail[2:4]}:{tail[4:]}:01",
    }
    if address:
        local["primaryIpAddress"] = address
    return Entity(
        "SoftLayer_Network_Component",
        local,
        {
            "networkVlan": lambda: vlan_entity(account, vlan),
            "primarySubnet": lambda: subnet_entity(account, vlan) if address else None,
            "router": lambda: router_entity(vlan),
            "primaryIpAddressRecord": lambda: address_entity(account, vlan, address) if address else None,
        },
    )


def _management(server: Hardware) -> Entity:
    return structure(
        "SoftLayer_Network_Component",
        {
            "id": server.id * 4 + 2,
            "hardwareId": server.id,
            "name": "mgmt",
            "port": 0,
            "maxSpeed": 0,
            "speed": 0,
            "status": "ACTIVE",
        },
    )
