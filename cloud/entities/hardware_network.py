"""The network side of a bare metal server: components, VLANs and address records."""

from cloud.catalog.datacenters import find_datacenter
from cloud.records import Hardware
from cloud.values import Entity, Value, structure


def network_components(server: Hardware) -> list[Entity]:
    """SoftLayer_Network_Component: eth0 is the backend, eth1 the public network, mgmt0 the management."""
    networks = [False] if server.private_only else [False, True]
    return [*(_component(server, public=one) for one in networks), _management(server)]


def _component(server: Hardware, *, public: bool) -> Entity:
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
            "networkVlan": lambda: vlan(server, public=public),
            "primarySubnet": lambda: _subnet(server, public=public),
            "primaryIpAddressRecord": lambda: _address_record(server, public=public),
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


def vlan(server: Hardware, *, public: bool) -> Entity:
    """The SoftLayer_Network_Vlan of the datacenter's public or private network; ids are a choice."""
    number, space = 1001 + int(public), "PUBLIC" if public else "PRIVATE"
    router = "fcr01a" if public else "bcr01a"
    return structure(
        "SoftLayer_Network_Vlan",
        {
            "id": _vlan_id(server, public=public),
            "vlanNumber": number,
            "networkSpace": space,
            "fullyQualifiedName": f"{server.datacenter}.{router}.{number}",
        },
    )


def _vlan_id(server: Hardware, *, public: bool) -> int:
    datacenter = find_datacenter(server.datacenter)
    return (datacenter.id if datacenter else 0) * 10 + 3 + int(public)


def _subnet(server: Hardware, *, public: bool) -> Entity | None:
    address = server.public_ip if public else server.private_ip
    if address is None:
        return None
    network = address.rpartition(".")[0]
    return structure(
        "SoftLayer_Network_Subnet",
        {
            "id": _vlan_id(server, public=public) + 2,
            "networkIdentifier": f"{network}.0",
            "cidr": 24,
            "gateway": f"{network}.1",
            "netmask": "255.255.255.0",
            "broadcastAddress": f"{network}.255",
        },
    )


def _address_record(server: Hardware, *, public: bool) -> Entity | None:
    address = server.public_ip if public else server.private_ip
    if address is None:
        return None
    return Entity(
        "SoftLayer_Network_Subnet_IpAddress",
        {"id": server.id * 4 + int(public), "ipAddress": address},
        {"subnet": lambda: _subnet(server, public=public)},
    )
