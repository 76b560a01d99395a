"""SoftLayer_Network_Vlan, SoftLayer_Network_Subnet and SoftLayer_Network_Subnet_IpAddress.

They can be read and labelled. Ordering and cancelling them is not offered here: every datacenter has its own.
"""

from dataclasses import replace
from ipaddress import AddressValueError, IPv4Address

from cloud import arguments, faults
from cloud.account.account import Account
from cloud.account.tags import read_tags
from cloud.catalog.networks import VLANS, find_vlan, find_vlan_of_subnet
from cloud.clock import now
from cloud.entities.network.vlan import ADDRESS, SUBNET, VLAN, subnet_entity, vlan_entity
from cloud.services.service import Call, Method, Service, require_number
from cloud.state.records import Guest, Hardware, NetworkLabel
from cloud.state.server_vlans import vlans
from cloud.values import Entity, Json, Value


def services(account: Account) -> tuple[Service, ...]:
    """Return the services of VLANs, subnets and addresses."""

    def vlan(identifier: str | None) -> Entity:
        number = require_number(VLAN, identifier)
        record = find_vlan(number)
        if record is None:
            raise faults.not_found(str(number))
        return vlan_entity(account, record)

    def subnet(identifier: str | None) -> Entity:
        number = require_number(SUBNET, identifier)
        vlan_of_subnet = find_vlan_of_subnet(number)
        if vlan_of_subnet is None:
            raise faults.not_found(str(number))
        return subnet_entity(account, vlan_of_subnet)

    def by_address(call: Call) -> Value:
        return _found_address(account, call.argument(0))

    def vlans_in(space: str | None) -> list[Value]:
        return [vlan_entity(account, vlan) for vlan in VLANS if space in (None, vlan.space)]

    def subnets_in(space: str | None) -> list[Value]:
        return [subnet_entity(account, vlan) for vlan in VLANS if space in (None, vlan.space)]

    vlan_lists = {
        "networkVlans": lambda: vlans_in(None),
        "publicNetworkVlans": lambda: vlans_in("PUBLIC"),
        "privateNetworkVlans": lambda: vlans_in("PRIVATE"),
    }
    subnet_lists = {
        "subnets": lambda: subnets_in(None),
        "publicSubnets": lambda: subnets_in("PUBLIC"),
        "privateSubnets": lambda: subnets_in("PRIVATE"),
    }
    return (
        Service(VLAN, vlan, _labelling(account, Service(VLAN, vlan)), account_relations=vlan_lists),
        Service(SUBNET, subnet, _labelling(account, Service(SUBNET, subnet)), account_relations=subnet_lists),
        Service(ADDRESS, None, {"getByIpAddress": by_address}),
    )


def _labelling(account: Account, service: Service) -> dict[str, Method]:
    """Return name, note and tags, the same for VLANs and subnets."""

    def change(call: Call, **changes: str | tuple[str, ...]) -> bool:
        service.object(call.identifier)
        before = account.networks.label(require_number(service.name, call.identifier))
        account.store.put((_changed(before, changes),))
        return True

    def edit(call: Call) -> Value:
        properties = arguments.mapping(call.argument(0), "The template object")
        return change(
            call,
            **{name: arguments.text(properties, name) for name in ("name", "note") if name in properties},
        )

    def note(call: Call) -> Value:
        return change(call, note=arguments.text({"note": call.argument(0)}, "note"))

    def tag(call: Call) -> Value:
        return change(call, tags=read_tags(call.argument(0)))

    return {"editObject": edit, "editNote": note, "setTags": tag}


def _changed(label: NetworkLabel, changes: dict[str, str | tuple[str, ...]]) -> NetworkLabel:
    name, text, tags = (changes.get(key, getattr(label, key)) for key in ("name", "note", "tags"))
    return replace(
        label,
        name=name if isinstance(name, str) else label.name,
        note=text if isinstance(text, str) else label.note,
        tags=tags if isinstance(tags, tuple) else label.tags,
        modified=now(),
    )


def _found_address(account: Account, text: Json) -> Value:
    try:
        address = IPv4Address(text) if isinstance(text, str) else None
    except AddressValueError:
        address = None
    if address is None:
        raise faults.invalid_value("ipAddress", "A dotted quad is needed.")
    servers = (*account.store.all(Guest), *account.store.all(Hardware))
    owner = next(
        (server for server in servers if str(address) in (server.public_ip, server.private_ip)), None
    )
    for vlan in vlans(owner) if owner else VLANS:
        if address in account.networks.subnet(vlan):
            subnet = subnet_entity(account, vlan)
            return _picked(subnet, str(address))
    return None


def _picked(subnet: Entity, address: str) -> Value:
    """Return the subnet's address; here the subnet is one of its own properties, as clients read it."""
    listed = subnet.get("ipAddresses")
    for candidate in listed if isinstance(listed, list) else []:
        if isinstance(candidate, Entity) and candidate.local["ipAddress"] == address:
            return Entity(candidate.type_name, {**candidate.local, "subnet": subnet}, candidate.relations)
    return None
