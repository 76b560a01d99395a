"""The full way to order bare metal: a SoftLayer_Container_Product_Order_Hardware_Server.

Sources: SLDN SoftLayer_Product_Order, and what the official client sends.
"""

from cloud import arguments, faults
from cloud.account.requests import HardwareRequest
from cloud.catalog.datacenters import Datacenter
from cloud.catalog.hardware import HardwarePreset, find_hardware_preset_number, included_items
from cloud.catalog.items import CATEGORIES, Item
from cloud.orders.categories import check_categories
from cloud.orders.hardware_template import check_hourly
from cloud.orders.host_names import check_names
from cloud.orders.installation import read_order_keys, read_user_data
from cloud.orders.network_components import read_vlans
from cloud.values import Json

HARDWARE_ORDER = "SoftLayer_Container_Product_Order_Hardware_Server"
_REQUIRED = ("server", "ram", "disk0", "os", "power_supply", "port_speed", "bandwidth", "pri_ip_addresses")
_UNSET = "property: hardware. Hostname and domain are not set properly."


def read_hardware(
    container: dict[str, Json], priced: tuple[Item, ...], datacenter: Datacenter | None
) -> tuple[HardwareRequest, ...]:
    """Return the servers that one container requests.

    Args:
        container: The order container.
        priced: The items of its prices.
        datacenter: Datacenter that the order names; None where it names none.

    Raises:
        ApiFault: The order is inconsistent; the text says what is wrong.
    """
    if datacenter is None:
        raise faults.invalid_location()
    preset = _preset(container)
    hourly = bool(arguments.flag(container, "useHourlyPricing"))
    items = _complete((*preset.items, *priced), hourly=hourly)
    check_hourly(preset, items, hourly=hourly)
    listed = [arguments.mapping(server, "hardware") for server in arguments.sequence(container, "hardware")]
    quantity = arguments.number(container.get("quantity"), "quantity") or len(listed)
    if not listed or quantity != len(listed):
        raise faults.invalid_order(_UNSET)
    shared = (datacenter, hourly, items)
    return tuple(_server(server, at, container, shared, preset) for at, server in enumerate(listed))


def _preset(container: dict[str, Json]) -> HardwarePreset:
    number = arguments.number(container.get("presetId"), "presetId")
    if number is None:
        raise faults.missing_category(CATEGORIES["server"][1])
    hardware_preset_number = find_hardware_preset_number(number)
    if hardware_preset_number is None:
        raise faults.invalid_order(f"The preset # {number} is not valid for this package.")
    return hardware_preset_number


def _complete(items: tuple[Item, ...], *, hourly: bool) -> tuple[Item, ...]:
    check_categories(items, _REQUIRED)
    present = {item.category for item in items}
    included = included_items(hourly=hourly, private_only=False)
    return (*items, *(item for item in included if item.category not in present))


def _server(
    server: dict[str, Json],
    at: int,
    container: dict[str, Json],
    shared: tuple[Datacenter, bool, tuple[Item, ...]],
    preset: HardwarePreset,
) -> HardwareRequest:
    hostname, domain = arguments.text(server, "hostname"), arguments.text(server, "domain")
    if not hostname or not domain:
        raise faults.invalid_order(_UNSET)
    check_names(hostname, domain)
    uplink = next(item for item in shared[2] if item.category == "port_speed")
    scripts = arguments.sequence(container, "provisionScripts")
    script = str(scripts[min(at, len(scripts) - 1)] or "") if scripts else ""
    private_only = bool(arguments.flag(server, "privateNetworkOnlyFlag")) or uplink.private
    return HardwareRequest(
        hostname,
        domain,
        *shared,
        private_only,
        read_order_keys(container, {}, at),
        read_user_data(server),
        script or arguments.text(server, "postInstallScriptUri"),
        *read_vlans(server, shared[0], private_only=private_only),
        preset=preset,
    )
