"""Responses to orders: templates, verifications and placed orders.

Shapes: SLDN SoftLayer_Container_Product_Order(_Receipt) and the recorded ones of the official client. A
response holds both forms that clients read, the flat one and `orderContainers`.
"""

from collections.abc import Sequence

from cloud import arguments
from cloud.account.account import ACCOUNT_ID, PlacedOrder
from cloud.account.requests import GuestRequest, HardwareRequest, OrderRequest
from cloud.catalog.items import Item
from cloud.catalog.packages import CUSTOM_PACKAGE, FLAVOR_PACKAGE, HARDWARE_PACKAGE
from cloud.catalog.prices import hourly_total, money, monthly_total, price
from cloud.orders.container import GUEST_ORDER
from cloud.orders.hardware_order import HARDWARE_ORDER
from cloud.orders.network_components import vlan_component
from cloud.state.records import Guest, Hardware
from cloud.values import Json


def _prices(items: Sequence[Item]) -> list[Json]:
    return [price(item) for item in items]


def guest_order_template(request: GuestRequest) -> dict[str, Json]:
    """Return generateOrderTemplate's order container: prices beyond the flavor's own, no user data."""
    flavor = request.flavor
    own = flavor.items if flavor else ()
    guest: dict[str, Json] = {
        "hostname": request.hostname,
        "domain": request.domain,
        **vlan_component("PRIVATE", request.private_vlan),
        **vlan_component("PUBLIC", request.public_vlan),
    }
    if request.placement_group is not None:
        guest["placementGroupId"] = request.placement_group
    if request.private_only:
        guest["privateNetworkOnlyFlag"] = True
    for component, groups in (
        ("primaryNetworkComponent", request.public_groups),
        ("primaryBackendNetworkComponent", request.private_groups),
    ):
        if groups:
            guest[component] = {
                **arguments.inner(guest, component),
                "securityGroupBindings": [{"securityGroupId": group_id} for group_id in groups],
            }
    keys: list[Json] = [{"sshKeyIds": list(request.key_ids)}] if request.key_ids else []
    result: dict[str, Json] = {
        "complexType": GUEST_ORDER,
        "imageTemplateId": None,
        "location": str(request.datacenter.id),
        "packageId": FLAVOR_PACKAGE if flavor else CUSTOM_PACKAGE,
        "prices": _prices([item for item in request.items if item not in own]),
        "quantity": 1,
        "sourceVirtualGuestId": None,
        "sshKeys": keys,
        "useHourlyPricing": request.hourly,
        "virtualGuests": [guest],
    }
    if flavor:
        result["presetId"] = flavor.id
    if request.script_uri:
        result["provisionScripts"] = [request.script_uri]
    return result


def hardware_order_template(request: HardwareRequest) -> dict[str, Json]:
    """Return what `template` does, for bare metal."""
    server: dict[str, Json] = {
        "hostname": request.hostname,
        "domain": request.domain,
        **vlan_component("PRIVATE", request.private_vlan),
        **vlan_component("PUBLIC", request.public_vlan),
    }
    result: dict[str, Json] = {
        "complexType": HARDWARE_ORDER,
        "hardware": [server],
        "location": str(request.datacenter.id),
        "packageId": HARDWARE_PACKAGE,
        "presetId": request.preset.id,
        "prices": _prices([item for item in request.items if item not in request.preset.items]),
        "quantity": 1,
        "sshKeys": [{"sshKeyIds": list(request.key_ids)}] if request.key_ids else [],
        "useHourlyPricing": request.hourly,
    }
    if request.script_uri:
        result["provisionScripts"] = [request.script_uri]
    return result


def _items(request: OrderRequest) -> tuple[Item, ...]:
    if request.hardware:
        return request.hardware[0].items
    if request.global_ip:
        return (request.global_ip,)
    if request.storage:
        return (request.storage.item,)
    return request.guests[0].items


def verification_response(requests: Sequence[OrderRequest]) -> dict[str, Json]:
    """Return verifyOrder's answer: the container with every price, the flavor's too, and totals in USD."""
    containers: list[Json] = [_container(request) for request in requests]
    first = _container(requests[0])
    return {**first, **_totals(requests), "orderContainers": containers if len(containers) > 1 else []}


def _container(request: OrderRequest) -> dict[str, Json]:
    guests: list[Json] = [{"hostname": guest.hostname, "domain": guest.domain} for guest in request.guests]
    result: dict[str, Json] = {
        "complexType": _complex_type(request),
        "location": request.location,
        "packageId": request.package_id,
        "prices": _prices(_items(request)),
        "quantity": _quantity(request),
        "useHourlyPricing": request.hourly,
        "virtualGuests": guests,
    }
    if request.hardware:
        result["hardware"] = [
            {"hostname": server.hostname, "domain": server.domain} for server in request.hardware
        ]
    if request.preset_id is not None:
        result["presetId"] = request.preset_id
    return result


def _complex_type(request: OrderRequest) -> str:
    if request.hardware:
        return HARDWARE_ORDER
    return GUEST_ORDER if request.guests else "SoftLayer_Container_Product_Order"


def _quantity(request: OrderRequest) -> int:
    return len(request.guests) + len(request.hardware) or 1


def _totals(requests: Sequence[OrderRequest]) -> dict[str, Json]:
    everything = [item for request in requests for item in _items(request) for _ in range(_quantity(request))]
    return totals(everything, hourly_billing=requests[0].hourly)


def totals(everything: Sequence[Item], *, hourly_billing: bool) -> dict[str, Json]:
    """Return the sums of a verified order, in USD.

    Args:
        everything: Items, each as often as it is ordered.
        hourly_billing: Whether the recurring sum is by the hour.
    """
    hourly, monthly = money(hourly_total(everything)), money(monthly_total(everything))
    recurring = hourly if hourly_billing else monthly
    return {
        "currencyShortName": "USD",
        "preTaxRecurring": recurring,
        "preTaxRecurringHourly": hourly,
        "preTaxRecurringMonthly": monthly,
        "preTaxSetup": "0",
        "postTaxRecurring": recurring,
        "postTaxRecurringHourly": hourly,
        "postTaxRecurringMonthly": monthly,
        "postTaxSetup": "0",
        "proratedInitialCharge": "0",
        "proratedOrderTotal": "0",
        "totalRecurringTax": "0",
        "totalSetupTax": "0",
    }


def order_response(placed: Sequence[PlacedOrder]) -> dict[str, Json]:
    """Return what placeOrder answers."""
    first = placed[0].order
    containers: list[Json] = []
    guests: list[Json] = []
    hardware: list[Json] = []
    for placement in placed:
        own: list[Json] = [_ordered(guest) for guest in placement.guests]
        metal: list[Json] = [_ordered_hardware(server) for server in placement.hardware]
        containers.append({**_container(placement.request), "virtualGuests": own, "hardware": metal})
        guests += own
        hardware += metal
    details = {
        **verification_response([placement.request for placement in placed]),
        "virtualGuests": guests,
        "hardware": hardware,
        "orderContainers": containers,
    }
    return {
        "orderId": first.id,
        "orderDate": first.created,
        "orderDetails": details,
        "placedOrder": {
            "id": first.id,
            "accountId": ACCOUNT_ID,
            "status": "APPROVED",
            "items": [{"id": number} for placement in placed for number in placement.order_item_ids],
        },
    }


def _ordered(guest: Guest) -> dict[str, Json]:
    return {
        "id": guest.id,
        "hostname": guest.hostname,
        "domain": guest.domain,
        "fullyQualifiedDomainName": f"{guest.hostname}.{guest.domain}",
        "globalIdentifier": guest.global_identifier,
        "accountId": ACCOUNT_ID,
        "createDate": guest.created,
        "uuid": guest.uuid,
    }


def _ordered_hardware(server: Hardware) -> dict[str, Json]:
    """Without an id, as recorded: bare metal is found by its global identifier."""
    return {
        "hostname": server.hostname,
        "domain": server.domain,
        "fullyQualifiedDomainName": f"{server.hostname}.{server.domain}",
        "globalIdentifier": server.global_identifier,
        "accountId": ACCOUNT_ID,
        "hourlyBillingFlag": server.hourly,
    }
