"""The simple way to order a bare metal server: a template of SoftLayer_Hardware, as createObject takes it.

Source: SLDN, services/SoftLayer_Hardware/createObject. Sizes are taken by preset; a template of cores and
memory gets the smallest preset that has them (choice: on the real cloud it is an older line of servers).
"""

from cloud import arguments, faults
from cloud.account.requests import HardwareRequest
from cloud.catalog.datacenters import find_datacenter
from cloud.catalog.hardware import PRESETS, HardwarePreset, find_hardware_preset, find_uplink, included_items
from cloud.catalog.items import Item, find_system_item
from cloud.catalog.operating_systems import find_operating_system
from cloud.orders.host_names import check_names
from cloud.orders.installation import read_template_keys, read_user_data
from cloud.orders.network_components import read_vlans
from cloud.values import Json

_TYPE = "SoftLayer_Hardware"
_ASK = "See getCreateObjectOptions for valid values."
_SLOWEST_MBPS = 100


def read_hardware_template(template: Json) -> HardwareRequest:
    """Return the server that a template describes.

    Raises:
        ApiFault: A property is missing or invalid; the text names it.
    """
    properties = arguments.mapping(template, "The template object")
    hostname, domain = _required_text(properties, "hostname"), _required_text(properties, "domain")
    check_names(hostname, domain)
    hourly = arguments.flag(properties, "hourlyBillingFlag")
    if hourly is None:
        raise faults.missing_property("hourlyBillingFlag", _TYPE)
    private_only = bool(arguments.flag(properties, "privateNetworkOnlyFlag"))
    preset = _preset(properties)
    datacenter = find_datacenter(arguments.text(arguments.inner(properties, "datacenter"), "name"))
    if datacenter is None:
        raise faults.invalid_datacenter()
    items = (
        *preset.items,
        system_item(properties),
        _uplink(properties, private_only=private_only),
        *included_items(hourly=hourly, private_only=private_only),
    )
    check_hourly(preset, items, hourly=hourly)
    return HardwareRequest(
        hostname,
        domain,
        datacenter,
        hourly,
        items,
        private_only,
        read_template_keys(properties),
        read_user_data(properties),
        arguments.text(properties, "postInstallScriptUri"),
        *read_vlans(properties, datacenter, private_only=private_only),
        preset=preset,
    )


def check_hourly(preset: HardwarePreset, items: tuple[Item, ...], *, hourly: bool) -> None:
    """Refuse an hourly order of what is sold by the month only.

    Raises:
        ApiFault: The order is hourly, and a preset or price is monthly only; the texts follow the recorded
            one for a location.
    """
    if hourly and not preset.hourly:
        raise faults.invalid_order(f"The preset {preset.key_name} is not valid for hourly billing.")
    wrong = next((item for item in items if hourly and item.hourly is None), None)
    if wrong:
        raise faults.invalid_order(
            f"The price for {wrong.description} (#{wrong.price_id}) is not valid for hourly billing."
        )


def system_item(properties: dict[str, Json]) -> Item:
    """Return the operating system's item of a template.

    Raises:
        ApiFault: The template names no operating system, or an unknown one.
    """
    system = find_operating_system(_required_text(properties, "operatingSystemReferenceCode"))
    item = find_system_item(system.code) if system else None
    if item is None:
        raise faults.invalid_value("operatingSystemReferenceCode", _ASK)
    return item


def _preset(properties: dict[str, Json]) -> HardwarePreset:
    key = arguments.text(arguments.inner(properties, "fixedConfigurationPreset"), "keyName")
    if key:
        preset = find_hardware_preset(key)
        if preset is None:
            raise faults.invalid_value("fixedConfigurationPreset.keyName", _ASK)
        return preset
    cores = arguments.number(properties.get("processorCoreAmount"), "processorCoreAmount")
    memory = arguments.number(properties.get("memoryCapacity"), "memoryCapacity")
    if cores is None or memory is None:
        raise faults.missing_property("processorCoreAmount" if cores is None else "memoryCapacity", _TYPE)
    fitting = [preset for preset in PRESETS if preset.cores >= cores and preset.memory_gb >= memory]
    if not fitting:
        raise faults.invalid_value("processorCoreAmount", _ASK)
    return min(fitting, key=lambda preset: (preset.cores, preset.memory_gb))


def _uplink(properties: dict[str, Json], *, private_only: bool) -> Item:
    components = arguments.sequence(properties, "networkComponents")
    first = components[0] if components and isinstance(components[0], dict) else {}
    speed = arguments.number(first.get("maxSpeed"), "networkComponents.maxSpeed")
    item = find_uplink(_SLOWEST_MBPS if speed is None else speed, private=private_only)
    if item is None:
        raise faults.invalid_value("networkComponents.maxSpeed", _ASK)
    return item


def _required_text(properties: dict[str, Json], name: str) -> str:
    text = arguments.text(properties, name)
    if not text:
        raise faults.missing_property(name, _TYPE)
    return text
