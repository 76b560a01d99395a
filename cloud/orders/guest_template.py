"""The simple way to order a server: a template of SoftLayer_Virtual_Guest, as createObject takes it.

Source: SLDN, services/SoftLayer_Virtual_Guest/createObject.
"""

from cloud import arguments, faults
from cloud.account.requests import GuestRequest
from cloud.catalog.datacenters import Datacenter, find_datacenter
from cloud.catalog.flavors import Flavor, find_flavor
from cloud.catalog.items import (
    FIRST_DISK_GB,
    INCLUDED,
    MOST_DISKS,
    SPEEDS_MBPS,
    Item,
    find_item,
    find_system_item,
)
from cloud.catalog.operating_systems import find_operating_system
from cloud.orders.host_names import check_names
from cloud.orders.installation import read_template_keys, read_user_data
from cloud.orders.network_components import read_groups, read_vlans
from cloud.values import Json

_TYPE = "SoftLayer_Virtual_Guest"
_ASK = "See getCreateObjectOptions for valid values."


def read_template(template: Json) -> GuestRequest:
    """Return the server that a template describes.

    Raises:
        ApiFault: A property is missing or invalid; the text names it.
    """
    properties = arguments.mapping(template, "The template object")
    hostname, domain = _required_text(properties, "hostname"), _required_text(properties, "domain")
    check_names(hostname, domain)
    flavor = _flavor(properties)
    private_only = bool(arguments.flag(properties, "privateNetworkOnlyFlag"))
    size = flavor.items if flavor else _custom_size(properties)
    hourly = arguments.flag(properties, "hourlyBillingFlag")
    if hourly is None:
        raise faults.missing_property("hourlyBillingFlag", _TYPE)
    items = (
        *size,
        *_further_disks(properties, flavor),
        _system(properties),
        _uplink(properties, private_only),
        *_included(private_only),
    )
    datacenter = _datacenter(properties)
    return GuestRequest(
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
        flavor=flavor,
        placement_group=arguments.number(properties.get("placementGroupId"), "placementGroupId"),
        public_groups=() if private_only else read_groups(properties, "primaryNetworkComponent"),
        private_groups=read_groups(properties, "primaryBackendNetworkComponent"),
    )


def _required_text(properties: dict[str, Json], name: str) -> str:
    text = arguments.text(properties, name)
    if not text:
        raise faults.missing_property(name, _TYPE)
    return text


def _required_number(properties: dict[str, Json], name: str) -> int:
    number = arguments.number(properties.get(name), name)
    if number is None:
        raise faults.missing_property(name, _TYPE)
    return number


def _datacenter(properties: dict[str, Json]) -> Datacenter:
    datacenter = find_datacenter(arguments.text(arguments.inner(properties, "datacenter"), "name"))
    if datacenter is None:
        raise faults.invalid_datacenter()
    return datacenter


def _flavor(properties: dict[str, Json]) -> Flavor | None:
    name = "supplementalCreateObjectOptions"
    key = arguments.text(arguments.inner(properties, name), "flavorKeyName")
    if not key:
        return None
    flavor = find_flavor(key)
    if flavor is None:
        raise faults.invalid_value(f"{name}.flavorKeyName", _ASK)
    return flavor


def _custom_size(properties: dict[str, Json]) -> tuple[Item, ...]:
    cores = find_item("guest_core", _required_number(properties, "startCpus"))
    if cores is None:
        raise faults.invalid_value("startCpus", _ASK)
    megabytes = _required_number(properties, "maxMemory")
    memory = find_item("ram", megabytes // 1024) if megabytes % 1024 == 0 else None
    if memory is None:
        raise faults.invalid_value("maxMemory", _ASK)
    local = arguments.flag(properties, "localDiskFlag")
    if local is None:
        raise faults.missing_property("localDiskFlag", _TYPE)
    first = find_item("guest_disk0", _disk_sizes(properties).get(0, FIRST_DISK_GB[0]), local=local)
    if first is None:
        raise faults.invalid_value("blockDevices.diskImage.capacity", _ASK)
    return cores, memory, first


def _disk_sizes(properties: dict[str, Json]) -> dict[int, int]:
    """Sizes in GB by the disk's place: device 0 is the first, 1 is swap, 2 is the second and so on."""
    sizes = {}
    for block_device in arguments.sequence(properties, "blockDevices"):
        device = arguments.mapping(block_device, "blockDevices")
        place = arguments.number(device.get("device"), "blockDevices.device")
        capacity = arguments.number(
            arguments.inner(device, "diskImage").get("capacity"), "diskImage.capacity"
        )
        if place is None or capacity is None or place == 1 or not 0 <= place <= MOST_DISKS:
            raise faults.invalid_value(
                "blockDevices.device", f"0 and 2 to {MOST_DISKS} hold disks, 1 holds swap."
            )
        sizes[max(place - 1, 0)] = capacity
    return sizes


def _further_disks(properties: dict[str, Json], flavor: Flavor | None) -> tuple[Item, ...]:
    sizes = _disk_sizes(properties)
    if flavor and sizes.get(0, flavor.disk_gb) != flavor.disk_gb:
        raise faults.invalid_value(
            "blockDevices.diskImage.capacity", "The flavor sets the first disk's size."
        )
    local = flavor.local if flavor else bool(arguments.flag(properties, "localDiskFlag"))
    disks = []
    for place, size in sorted(sizes.items()):
        if place == 0:
            continue
        disk = find_item(f"guest_disk{place}", size, local=local)
        if disk is None:
            raise faults.invalid_value("blockDevices.diskImage.capacity", _ASK)
        disks.append(disk)
    return tuple(disks)


def _system(properties: dict[str, Json]) -> Item:
    code = arguments.text(properties, "operatingSystemReferenceCode")
    if not code:
        raise faults.missing_property("operatingSystemReferenceCode", _TYPE)
    system = find_operating_system(code)
    item = find_system_item(system.code) if system else None
    if item is None:
        raise faults.invalid_value("operatingSystemReferenceCode", _ASK)
    return item


def _uplink(properties: dict[str, Json], private_only: bool) -> Item:
    components = arguments.sequence(properties, "networkComponents")
    first = components[0] if components and isinstance(components[0], dict) else {}
    speed = arguments.number(first.get("maxSpeed"), "networkComponents.maxSpeed")
    item = find_item("port_speed", SPEEDS_MBPS[0] if speed is None else speed, private=private_only)
    if item is None:
        raise faults.invalid_value("networkComponents.maxSpeed", _ASK)
    return item


def _included(private_only: bool) -> tuple[Item, ...]:
    return tuple(item for item in INCLUDED if not (private_only and item.category == "bandwidth"))
