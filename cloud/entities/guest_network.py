"""The network side of a virtual server: components, VLANs and address records."""

from cloud.catalog.datacenters import find_datacenter
from cloud.records import Guest
from cloud.values import Entity, structure


def components(guest: Guest) -> list[Entity]:
    """SoftLayer_Virtual_Guest_Network_Component: eth0 is the backend, eth1 the public network."""
    networks = [False] if guest.private_only else [False, True]
    return [_component(guest, public=one) for one in networks]


def _component(guest: Guest, *, public: bool) -> Entity:
    address = guest.public_ip if public else guest.private_ip
    number = guest.id * 2 + int(public)
    tail = f"{guest.id & 0xFFFFFF:06x}"
    local: dict[str, str | int | None] = {
        "id": number,
        "guestId": guest.id,
        "name": "eth",
        "port": int(public),
        "maxSpeed": guest.speed_mbps,
        "speed": guest.speed_mbps,
        "status": "ACTIVE",
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
            "networkVlan": lambda: vlan(guest, public=public),
            "primarySubnet": lambda: _subnet(guest, public=public),
            "primaryIpAddress": lambda: address,
            "primaryIpAddressRecord": lambda: address_record(guest, public=public),
            "securityGroupBindings": list,
        },
    )


def vlan(guest: Guest, *, public: bool) -> Entity:
    """The SoftLayer_Network_Vlan of the datacenter's public or private network; ids are a choice."""
    datacenter = find_datacenter(guest.datacenter)
    number = (datacenter.id if datacenter else 0) * 10 + 3 + int(public)
    return structure(
        "SoftLayer_Network_Vlan",
        {
            "id": number,
            "vlanNumber": 1001 + int(public),
            "networkSpace": "PUBLIC" if public else "PRIVATE",
            "name": None,
        },
    )


def _subnet(guest: Guest, *, public: bool) -> Entity | None:
    address = guest.public_ip if public else guest.private_ip
    if address is None:
        return None
    network = address.rpartition(".")[0]
    return structure(
        "SoftLayer_Network_Subnet",
        {
            "id": vlan_number(guest, public=public) + 2,
            "networkIdentifier": f"{network}.0",
            "cidr": 24,
            "gateway": f"{network}.1",
            "netmask": "255.255.255.0",
            "addressSpace": "PUBLIC" if public else "PRIVATE",
            "subnetType": "PRIMARY",
        },
    )


def vlan_number(guest: Guest, *, public: bool) -> int:
    """The VLAN's id as a number."""
    found = vlan(guest, public=public).local["id"]
    return found if isinstance(found, int) else 0


def address_record(guest: Guest, *, public: bool) -> Entity | None:
    """The SoftLayer_Network_Subnet_IpAddress of an address; None before there is one."""
    address = guest.public_ip if public else guest.private_ip
    if address is None:
        return None
    number = guest.id * 2 + int(public)
    binding = structure("", {"id": number, "ipAddressId": number})
    return Entity(
        "SoftLayer_Network_Subnet_IpAddress",
        {"id": number, "ipAddress": address},
        {
            "subnet": lambda: _subnet(guest, public=public),
            "guestNetworkComponentBinding": lambda: binding,
        },
    )
