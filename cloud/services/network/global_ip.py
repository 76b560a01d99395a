"""Global IPs: SoftLayer_Network_Subnet_IpAddress_Global, their subnets and their address records.

Global.route and unroute are the deprecated proxies of Subnet.route and clearRoute (SLDN). All answer at once
and the route changes later; False says that it is routed there already.
"""

from ipaddress import IPv4Address

from cloud import arguments, faults
from cloud.account.account import Account
from cloud.entities.network.global_ip import (
    NAME,
    global_address_entity,
    global_ip_entity,
    global_subnet_entity,
    number_of,
)
from cloud.entities.network.vlan import ADDRESS, SUBNET
from cloud.services.servers.virtual_guest import find_guest
from cloud.services.service import Call, Service, require_number
from cloud.state.network_records import GlobalIp
from cloud.state.records import Guest
from cloud.values import Entity, Value

GUEST = "SoftLayer_Virtual_Guest"


def services(account: Account) -> tuple[Service, ...]:
    """Return the services."""

    def find(identifier: str | None) -> Entity:
        return global_ip_entity(account, _global_ip(account, identifier))

    def subnet(identifier: str | None) -> Entity:
        return global_subnet_entity(account, _of_subnet(account, identifier))

    def address(identifier: str | None) -> Entity:
        return global_address_entity(account, _of_address(account, identifier))

    def route(call: Call) -> Value:
        global_ip = _global_ip(account, call.identifier)
        return account.global_ips.route(global_ip.id, _by_address(account, _text(call, 0)))

    def unroute(call: Call) -> Value:
        return account.global_ips.route(_global_ip(account, call.identifier).id, None)

    def route_subnet(call: Call) -> Value:
        global_ip = _of_subnet(account, call.identifier)
        return account.global_ips.route(global_ip.id, _target(account, _text(call, 0), _text(call, 1)))

    def clear_route(call: Call) -> Value:
        return account.global_ips.route(_of_subnet(account, call.identifier).id, None)

    def edit(call: Call) -> Value:
        global_ip = _of_address(account, call.identifier)
        properties = arguments.mapping(call.argument(0), "The template object")
        if "note" in properties:
            account.global_ips.note(global_ip.id, arguments.text(properties, "note"))
        return True

    def note(call: Call) -> Value:
        account.global_ips.note(_of_subnet(account, call.identifier).id, _text(call, 0))
        return True

    def by_address(call: Call) -> Value:
        requested = _text(call, 0)
        global_ip = next(
            (global_ip for global_ip in account.global_ips.active() if global_ip.address == requested), None
        )
        return global_address_entity(account, global_ip) if global_ip else None

    def listed() -> Value:
        return [global_ip_entity(account, global_ip) for global_ip in account.global_ips.active()]

    relations = {"globalIpRecords": listed, "globalIpv4Records": listed}
    return (
        Service(NAME, find, {"route": route, "unroute": unroute}, account_relations=relations),
        Service(SUBNET, subnet, {"route": route_subnet, "clearRoute": clear_route, "editNote": note}),
        Service(ADDRESS, address, {"editObject": edit, "getByIpAddress": by_address}),
    )


def _global_ip(account: Account, identifier: str | None) -> GlobalIp:
    number = require_number(NAME, identifier)
    global_ip = next((global_ip for global_ip in account.global_ips.active() if global_ip.id == number), None)
    if global_ip is None:
        raise faults.not_found(str(number))
    return global_ip


def _of_subnet(account: Account, identifier: str | None) -> GlobalIp:
    number = require_number(SUBNET, identifier)
    global_ip = next(
        (global_ip for global_ip in account.global_ips.active() if global_ip.subnet_id == number), None
    )
    if global_ip is None:
        raise faults.not_found(str(number))
    return global_ip


def _of_address(account: Account, identifier: str | None) -> GlobalIp:
    number = require_number(ADDRESS, identifier)
    global_ip = next(
        (global_ip for global_ip in account.global_ips.active() if number_of(global_ip.address) == number),
        None,
    )
    if global_ip is None:
        raise faults.not_found(str(number))
    return global_ip


def _text(call: Call, at: int) -> str:
    value = call.argument(at)
    if not isinstance(value, str | int) or isinstance(value, bool) or not str(value):
        raise faults.invalid_parameter("An address or an identifier is needed.")
    return str(value)


def _target(account: Account, kind: str, identifier: str) -> str:
    """Return the address that a type and an identifier stand for.

    Raises:
        ApiFault: The address does not exist, or the type is none of SLDN's for static routes.
    """
    if kind == GUEST:
        return _public(find_guest(account, identifier))
    if kind != ADDRESS:
        raise faults.invalid_value("type", f"{ADDRESS} and {GUEST} are possible.")
    return _by_address(account, identifier)


def _by_address(account: Account, identifier: str) -> str:
    """Return a dotted quad, or the id of an address record, of a guest's public interface."""
    if identifier.isdecimal():
        public_guests = (guest for guest in account.store.all(Guest) if guest.public_ip)
        guest = next(
            (guest for guest in public_guests if str(number_of(guest.public_ip)) == identifier), None
        )
        if guest is None:
            raise faults.not_found(identifier[:80])
        return _public(guest)
    try:
        text = str(IPv4Address(identifier))
    except ValueError:
        raise faults.invalid_value("identifier", "An IPv4 address or the id of one is needed.") from None
    guest = next((guest for guest in account.store.all(Guest) if guest.public_ip == text), None)
    if guest is None or guest.reclaiming:
        raise faults.not_found(text)
    return text


def _public(guest: Guest) -> str:
    if guest.public_ip is None or guest.reclaiming:
        raise faults.invalid_value("identifier", f"Server {guest.id} has no public address.")
    return guest.public_ip
