"""The full way to order: a SoftLayer_Container_Product_Order, as placeOrder and verifyOrder take it.

Sources: SLDN SoftLayer_Product_Order, and the recorded templates of the official client.
"""

from cloud import arguments, faults
from cloud.account.requests import GuestRequest, OrderRequest, StorageRequest
from cloud.catalog.datacenters import Datacenter, find_datacenter
from cloud.catalog.flavors import Flavor, find_preset
from cloud.catalog.items import GLOBAL_IPV4, OBJECT_STORAGE_PRICE, Item
from cloud.catalog.packages import (
    ADDITIONAL_PACKAGE,
    CUSTOM_PACKAGE,
    FLAVOR_PACKAGE,
    GLOBAL_IP_PACKAGE,
    HARDWARE_PACKAGE,
    find_package,
)
from cloud.orders.categories import check_categories
from cloud.orders.hardware_order import read_hardware
from cloud.orders.host_names import check_names
from cloud.orders.installation import read_order_keys, read_user_data
from cloud.orders.network_components import read_groups, read_vlans
from cloud.values import Json

GUEST_ORDER = "SoftLayer_Container_Product_Order_Virtual_Guest"
_REQUIRED = ("guest_core", "ram", "os", "guest_disk0", "port_speed")
_MOST_AT_ONCE = 20


def read_orders(container: Json) -> tuple[OrderRequest, ...]:
    """Return what an order requests; one container may hold several in `orderContainers`.

    Raises:
        ApiFault: The order is inconsistent; the text says what is wrong.
    """
    outer = arguments.mapping(container, "The order container")
    many = arguments.sequence(outer, "orderContainers")
    if not many:
        return (_read(outer),)
    return tuple(_read(arguments.mapping(inner, "orderContainers")) for inner in many)


def _read(container: dict[str, Json]) -> OrderRequest:
    package_id = arguments.number(container.get("packageId"), "packageId")
    if package_id in (ADDITIONAL_PACKAGE, GLOBAL_IP_PACKAGE):
        items = _prices(container, package_id)
        if GLOBAL_IPV4 in items:
            return _global_ip_order(container, package_id, items)
        return _storage_order(container, items)
    if package_id == HARDWARE_PACKAGE:
        return _hardware_order(container)
    if package_id not in (CUSTOM_PACKAGE, FLAVOR_PACKAGE):
        raise faults.invalid_order(f"The package # {package_id} is invalid or not available for ordering.")
    return _guest_order(container, package_id)


def _prices(container: dict[str, Json], package_id: int) -> tuple[Item, ...]:
    package = find_package(package_id)
    sold = package.items if package else ()
    items = []
    for price in arguments.sequence(container, "prices"):
        number = arguments.number(arguments.mapping(price, "prices").get("id"), "prices.id")
        item = next((item for item in sold if item.price_id == number), None)
        if item is None:
            raise faults.invalid_order(
                f"Price # {number} does not exist or is not sold in package {package_id}."
            )
        items.append(item)
    return tuple(items)


def _location(container: dict[str, Json]) -> Datacenter | None:
    text = arguments.text(container, "location")
    if not text:
        return None
    datacenter = find_datacenter(text)
    if datacenter is None:
        raise faults.invalid_location()
    return datacenter


def _global_ip_order(container: dict[str, Json], package_id: int, items: tuple[Item, ...]) -> OrderRequest:
    if len(items) != 1 or arguments.number(container.get("quantity"), "quantity") not in (None, 1):
        raise faults.invalid_order("Invalid quantity: one global IP can be ordered at a time.")
    location = arguments.text(container, "location")
    return OrderRequest(package_id, None, False, location, (), global_ip=items[0])


def _storage_order(container: dict[str, Json], items: tuple[Item, ...]) -> OrderRequest:
    if [item.price_id for item in items] != [OBJECT_STORAGE_PRICE]:
        raise faults.missing_category("Object Storage")
    if arguments.number(container.get("quantity"), "quantity") not in (None, 1):
        raise faults.invalid_order("Invalid quantity: one object storage account can be ordered at a time.")
    storage = StorageRequest(_location(container), items[0])
    return OrderRequest(ADDITIONAL_PACKAGE, None, False, arguments.text(container, "location"), (), storage)


def _hardware_order(container: dict[str, Json]) -> OrderRequest:
    servers = read_hardware(container, _prices(container, HARDWARE_PACKAGE), _location(container))
    if len(servers) > _MOST_AT_ONCE:
        raise faults.invalid_order(
            f"property: quantity. At most {_MOST_AT_ONCE} servers can be ordered at once."
        )
    first, location = servers[0], arguments.text(container, "location")
    return OrderRequest(HARDWARE_PACKAGE, first.preset.id, first.hourly, location, (), hardware=servers)


def _guest_order(container: dict[str, Json], package_id: int) -> OrderRequest:
    flavor = _preset(container, package_id)
    items = (*(flavor.items if flavor else ()), *_prices(container, package_id))
    check_categories(items, _REQUIRED)
    datacenter = _location(container)
    if datacenter is None:
        raise faults.invalid_location()
    hourly = bool(arguments.flag(container, "useHourlyPricing"))
    guests = tuple(
        _guest(guest, at, container, (datacenter, hourly, items), flavor)
        for at, guest in enumerate(_listed_guests(container))
    )
    return OrderRequest(
        package_id, flavor.id if flavor else None, hourly, arguments.text(container, "location"), guests
    )


def _preset(container: dict[str, Json], package_id: int) -> Flavor | None:
    number = arguments.number(container.get("presetId"), "presetId")
    if number is None:
        return None
    flavor = find_preset(number)
    if flavor is None or package_id != FLAVOR_PACKAGE:
        raise faults.invalid_order(f"The preset # {number} is not valid for package {package_id}.")
    return flavor


def _listed_guests(container: dict[str, Json]) -> list[dict[str, Json]]:
    listed = [
        arguments.mapping(virtual_guest, "virtualGuests")
        for virtual_guest in arguments.sequence(container, "virtualGuests")
    ]
    quantity = arguments.number(container.get("quantity"), "quantity") or len(listed)
    if not listed or quantity != len(listed):
        raise faults.invalid_order("property: virtualGuests. Hostname and domain are not set properly.")
    if quantity > _MOST_AT_ONCE:
        raise faults.invalid_order(
            f"property: quantity. At most {_MOST_AT_ONCE} servers can be ordered at once."
        )
    return listed


def _guest(
    guest: dict[str, Json],
    at: int,
    container: dict[str, Json],
    shared: tuple[Datacenter, bool, tuple[Item, ...]],
    flavor: Flavor | None,
) -> GuestRequest:
    hostname, domain = arguments.text(guest, "hostname"), arguments.text(guest, "domain")
    if not hostname or not domain:
        raise faults.invalid_order("property: virtualGuests. Hostname and domain are not set properly.")
    check_names(hostname, domain)
    uplink = next((item for item in shared[2] if item.category == "port_speed"), None)
    private = bool(arguments.flag(guest, "privateNetworkOnlyFlag")) or bool(uplink and uplink.private)
    return GuestRequest(
        hostname,
        domain,
        *shared,
        private,
        read_order_keys(container, guest, at),
        read_user_data(guest),
        _script(container, guest, at),
        *read_vlans(guest, shared[0], private_only=private),
        flavor=flavor,
        placement_group=arguments.number(guest.get("placementGroupId"), "placementGroupId"),
        public_groups=() if private else read_groups(guest, "primaryNetworkComponent"),
        private_groups=read_groups(guest, "primaryBackendNetworkComponent"),
    )


def _script(container: dict[str, Json], guest: dict[str, Json], at: int) -> str:
    scripts = arguments.sequence(container, "provisionScripts")
    if scripts:
        return str(scripts[min(at, len(scripts) - 1)] or "")
    return arguments.text(guest, "postInstallScriptUri")
