"""SoftLayer_Virtual_Guest: virtual servers, from template to deletion."""

from dataclasses import replace

from cloud import arguments, faults
from cloud.account.account import Account
from cloud.account.requests import GuestRequest, OrderRequest
from cloud.account.tags import read_tags
from cloud.catalog.items import find_item
from cloud.catalog.packages import CUSTOM_PACKAGE, FLAVOR_PACKAGE
from cloud.entities.ordering.product import price_entity
from cloud.entities.servers.guest import guest_entity
from cloud.orders.guest_reload import reload_guest
from cloud.orders.guest_template import read_template
from cloud.orders.guest_upgrade import upgrade_items
from cloud.orders.host_names import check_names
from cloud.orders.order_response import guest_order_template
from cloud.services.servers.create_options import create_options
from cloud.services.service import Call, Method, Service, require_identifier
from cloud.state.records import Guest
from cloud.values import Entity, Json, Value, structure

NAME = "SoftLayer_Virtual_Guest"
_SAMPLE: dict[str, Json] = {
    "hostname": "sample",
    "domain": "example.com",
    "datacenter": {"name": "dal13"},
    "hourlyBillingFlag": True,
    "operatingSystemReferenceCode": "UBUNTU_LATEST",
    "supplementalCreateObjectOptions": {"flavorKeyName": "B1_1X2X25"},
}


def services(account: Account) -> tuple[Service, ...]:
    """Return the service.

    Relations of a guest (`getBillingItem`, `getActiveTransaction`, ...) need no method.
    """

    def find(identifier: str | None) -> Entity:
        return guest_entity(find_guest(account, identifier), account)

    methods = {
        **_ordering(account),
        **_editing(account),
        **_changing(account),
        **_running(account),
        **_traffic(account),
    }
    return (Service(NAME, find, methods, sample=_SAMPLE),)


def find_guest(account: Account, identifier: str | None) -> Guest:
    """Return the guest of an id or GUID.

    Raises:
        ApiFault: The server does not exist.
    """
    text = require_identifier(NAME, identifier)
    if text.isdecimal() and len(text) < 18:
        guest = account.store.get(Guest, int(text))
    else:
        same = (
            guest
            for guest in account.store.all(Guest)
            if text.lower() in (guest.uuid, guest.global_identifier)
        )
        guest = next(same, None)
    if guest is None:
        raise faults.not_found(text[:80])
    return guest


def _ordering(account: Account) -> dict[str, Method]:
    def create(call: Call) -> Value:
        return _created(account, [call.argument(0)])[0]

    def create_many(call: Call) -> Value:
        templates = call.argument(0)
        if not isinstance(templates, list) or not 1 <= len(templates) <= 20:
            raise faults.invalid_parameter("A list of 1 to 20 template objects is needed.")
        return _created(account, templates)

    def generate(call: Call) -> Value:
        return structure(
            "SoftLayer_Container_Product_Order_Virtual_Guest",
            guest_order_template(read_template(call.argument(0))),
        )

    def options(_: Call) -> Value:
        return structure("", create_options())

    return {
        "createObject": create,
        "createObjects": create_many,
        "generateOrderTemplate": generate,
        "getCreateObjectOptions": options,
    }


def _created(account: Account, templates: list[Json]) -> list[Value]:
    requests = [read_template(guest_order_template) for guest_order_template in templates]
    for request in requests:
        account.check_keys(request)
        account.check_groups(request)
    placed = account.place(tuple(_order(request) for request in requests))
    return [guest_entity(guest, account) for placement in placed for guest in placement.guests]


def _order(request: GuestRequest) -> OrderRequest:
    flavor = request.flavor
    return OrderRequest(
        FLAVOR_PACKAGE if flavor else CUSTOM_PACKAGE,
        flavor.id if flavor else None,
        request.hourly,
        str(request.datacenter.id),
        (request,),
    )


def _editing(account: Account) -> dict[str, Method]:
    def edit(call: Call) -> Value:
        guest = find_guest(account, call.identifier)
        _edit(account, guest, arguments.mapping(call.argument(0), "The template object"))
        return True

    def tag(call: Call) -> Value:
        tags = read_tags(call.argument(0))
        account.change_guest(
            find_guest(account, call.identifier).id, lambda record: replace(record, tags=tags)
        )
        return True

    def metadata(call: Call) -> Value:
        texts = arguments.texts(call.argument(0))
        account.change_guest(
            find_guest(account, call.identifier).id, lambda record: replace(record, user_data=texts)
        )
        return True

    def delete(call: Call) -> Value:
        account.cancel_guest(find_guest(account, call.identifier))
        return True

    return {"editObject": edit, "setTags": tag, "setUserMetadata": metadata, "deleteObject": delete}


def _edit(account: Account, guest: Guest, properties: dict[str, Json]) -> None:
    """Host name, domain and notes can be edited; the rest of a fetched object put back is ignored."""
    hostname = arguments.text(properties, "hostname") or guest.hostname
    domain = arguments.text(properties, "domain") or guest.domain
    notes = arguments.text(properties, "notes") if "notes" in properties else guest.notes
    check_names(hostname, domain)
    account.change_guest(
        guest.id, lambda record: replace(record, hostname=hostname, domain=domain, notes=notes)
    )


def _changing(account: Account) -> dict[str, Method]:
    def reload(call: Call) -> Value:
        guest = find_guest(account, call.identifier)
        return reload_guest(account, guest, call.argument(0), call.argument(1))

    def reload_current(call: Call) -> Value:
        return reload_guest(account, find_guest(account, call.identifier), call.argument(0), None)

    def upgrades(call: Call) -> Value:
        guest = find_guest(account, call.identifier)
        return [price_entity(item) for item in upgrade_items(guest, smaller=bool(call.argument(0)))]

    return {
        "reloadOperatingSystem": reload,
        "reloadCurrentOperatingSystemConfiguration": reload_current,
        "getUpgradeItemPrices": upgrades,
    }


def _running(account: Account) -> dict[str, Method]:
    def switch(call: Call, *states: bool) -> Value:
        guest = find_guest(account, call.identifier)
        for on in states:
            account.power(guest, on=on)
        return True

    def pingable(call: Call) -> Value:
        return account.running(find_guest(account, call.identifier))

    cycles = ("powerCycle", "rebootDefault", "rebootHard", "rebootSoft")
    return {
        "powerOn": lambda call: switch(call, True),
        "powerOff": lambda call: switch(call, False),
        "powerOffSoft": lambda call: switch(call, False),
        **{name: lambda call: switch(call, False, True) for name in cycles},
        "isPingable": pingable,
        "isBackendPingable": pingable,
    }


def _traffic(account: Account) -> dict[str, Method]:
    def speed(call: Call, *, public: bool) -> Value:
        guest = find_guest(account, call.identifier)
        mbps = arguments.number(call.argument(0), "newSpeed")
        if mbps is None or not _offered(guest, mbps, public=public):
            raise faults.invalid_value(
                "newSpeed", "10, 100 and 1000 Mbps are offered; 0 switches a port off."
            )
        account.change_guest(guest.id, lambda record: _with_speed(record, mbps, public=public))
        return True

    def allotment(call: Call) -> Value:
        number = find_guest(account, call.identifier).id
        return structure("", {"id": number, "allocationId": number, "allocation": {"amount": "250"}})

    def usage(call: Call) -> Value:
        find_guest(account, call.identifier)
        names = ("PUBLIC_SERVER_BW", "PRIVATE_SERVER_BW")
        return [structure("", {"amountIn": "0", "amountOut": "0", "type": {"alias": name}}) for name in names]

    def nothing(call: Call) -> Value:
        find_guest(account, call.identifier)
        return list[Value]()

    return {
        "setPublicNetworkInterfaceSpeed": lambda call: speed(call, public=True),
        "setPrivateNetworkInterfaceSpeed": lambda call: speed(call, public=False),
        "getBandwidthAllotmentDetail": allotment,
        "getBillingCycleBandwidthUsage": usage,
        "getReverseDomainRecords": nothing,
        "getAttachedNetworkStorages": nothing,
    }


def _offered(guest: Guest, mbps: int, *, public: bool) -> bool:
    if public and guest.private_only:
        return False
    return mbps == 0 or find_item("port_speed", mbps, private=guest.private_only) is not None


def _with_speed(guest: Guest, mbps: int, *, public: bool) -> Guest:
    """Return the guest with another speed at one of its ports; the other keeps its own."""
    if guest.private_only:
        return replace(guest, speed_mbps=mbps)
    if not public:
        return replace(guest, private_mbps=mbps)
    kept = guest.speed_mbps if guest.private_mbps is None else guest.private_mbps
    return replace(guest, speed_mbps=mbps, private_mbps=kept)
