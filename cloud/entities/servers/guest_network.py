"""The network side of a virtual server: components and address records."""

from cloud.account.account import Account
from cloud.catalog.networks import Vlan
from cloud.entities.network.vlan import address_entity, router_entity, subnet_entity, vlan_entity
from cloud.state.records import Guest
from cloud.state.server_vlans import vlans
from cloud.values import Entity, Value


def components(account: Account, guest: Guest) -> list[Entity]:
    """Return SoftLayer_Virtual_Guest_Network_Components: eth0 is the backend, eth1 the public network."""
    return [_component(account, guest, vlan) for vlan in vlans(guest)]


def _component(account: Account, guest: Guest, vlan: Vlan) -> Entity:
    public = vlan.space == "PUBLIC"
    address = guest.public_ip if public else guest.private_ip
    tail = f"{guest.id & 0xFFFFFF:06x}"
    speed = guest.speed_mbps if public or guest.private_mbps is None else guest.private_mbps
    local: dict[str, Value] = {
        "id": guest.id * 2 + int(public),
        "guestId": guest.id,
        "name": "eth",
        "port": int(public),
        "maxSpeed": speed,
        "speed": speed,
        "status": "ACTIVE" if speed else "DISABLED",
        "createDate": guest.created,
        "macAddress": f"06:{int(public):02x}:{tail[:2]}:{tail[2:4]}:{tail[4:]}:01",
        "uuid": guest.uuid,
    }
    if address:
        local["primaryIpAddress"] = address
    return Entity(
        "SoftLayer_Virtual_Guest_Network_Component",
        local,
        {
            "networkVlan": lambda: vlan_entity(account, vlan),
            "primarySubnet": lambda: subnet_entity(account, vlan) if address else None,
            "router": lambda: router_entity(vlan),
            "primaryIpAddress": lambda: address,
            "primaryIpAddressRecord": lambda: _address(account, vlan, address) if address else None,
            "securityGroupBindings": list,
        },
    )


def address_record(account: Account, guest: Guest, *, public: bool) -> Entity | None:
    """Return the SoftLayer_Network_Subnet_IpAddress of an address; None before there is one."""
    address = guest.public_ip if public else guest.private_ip
    vlan = next((vlan for vlan in vlans(guest) if (vlan.space == "PUBLIC") is public), None)
    return _address(account, vlan, address) if address and vlan else None


def _address(account: Account, vlan: Vlan, text: str) -> Entity:
    own = address_entity(account, vlan, text)
    binding = Entity("", {"id": own.local["id"], "ipAddressId": own.local["id"]})
    return Entity(
        own.type_name, own.local, {**own.relations, "guestNetworkComponentBinding": lambda: binding}
    )
