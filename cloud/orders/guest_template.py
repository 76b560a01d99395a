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
from cloud.orders.network_components import read_groups, read_vlans
from cloud.values import Json

_TYPE = "SoftLayer_Virtual_Guest"
_ASK = "See getCreateObjectOptions for valid values."


def read_template(template: Json) -> GuestRequest:
    """The server a template asks for.

    Raises:
        ApiFault: a property is missing or invalid; the text names it.
    """
    wanted = arguments.mapping(template, "The template object")
    hostname, domain = _required_text(wanted, "hostname"), _required_text(wanted, "domain")
    check_names(hostname, domain)
    flavor = _flavor(wanted)
    private_only = bool(arguments.flag(wanted, "privateNetworkOnlyFlag"))
    size = flavor.items if flavor else _custom_size(wanted)
    hourly = arguments.flag(wanted, "hourlyBillingFlag")
    if hourly is None:
        raise faults.missing_property("hourlyBillingFlag", _TYPE)
    items = (
        *size,
        *_further_disks(wanted, flavor),
        _system(wanted),
        _uplink(wanted, private_only),
        *_included(private_only),
    )
    datacenter = _datacenter(wanted)
    return GuestRequest(
        hostname,
        domain,
        datacenter,
        hourly,
        flavor,
        items,
        private_only,
        _key_ids(wanted),
        tuple(
            arguments.text(one, "value")
            for one in arguments.sequence(wanted, "userData")
            if isinstance(one, dict)
        ),
        arguments.text(wanted, "postInstallScriptUri"),
        *read_vlans(wanted, datacenter, private_only=private_only),
        placement_group=arguments.number(wanted.get("placementGroupId"), "placementGroupId"),
        public_groups=() if private_only else read_groups(wanted, "primaryNetworkComponent"),
        private_groups=read_groups(wanted, "primaryBackendNetworkComponent"),
    )


def _required_text(wanted: dict[str, Json], name: str) -> str:
    found = arguments.text(wanted, name)
    if not found:
        raise faults.missing_property(name, _TYPE)
    return found


def _required_number(wanted: dict[str, Json], name: str) -> int:
    found = arguments.number(wanted.get(name), name)
    if found is None:
        raise faults.missing_property(name, _TYPE)
    return found


def _datacenter(wanted: dict[str, Json]) -> Datacenter:
    found = find_datacenter(arguments.text(arguments.inner(wanted, "datacenter"), "name"))
    if found is None:
        raise faults.invalid_datacenter()
    return found


def _flavor(wanted: dict[str, Json]) -> Flavor | None:
    name = "supplementalCreateObjectOptions"
    key = arguments.text(arguments.inner(wanted, name), "flavorKeyName")
    if not key:
        return None
    found = find_flavor(key)
    if found is None:
        raise faults.invalid_value(f"{name}.flavorKeyName", _ASK)
    return found


def _custom_size(wanted: dict[str, Json]) -> tuple[Item, ...]:
    cores = find_item("guest_core", _required_number(wanted, "startCpus"))
    if cores is None:
        raise faults.invalid_value("startCpus", _ASK)
    megabytes = _required_number(wanted, "maxMemory")
    memory = find_item("ram", megabytes // 1024) if megabytes % 1024 == 0 else None
    if memory is None:
        raise faults.invalid_value("maxMemory", _ASK)
    local = arguments.flag(wanted, "localDiskFlag")
    if local is None:
        raise faults.missing_property("localDiskFlag", _TYPE)
    first = find_item("guest_disk0", _disk_sizes(wanted).get(0, FIRST_DISK_GB[0]), local=local)
    if first is None:
        raise faults.invalid_value("blockDevices.diskImage.capacity", _ASK)
    return cores, memory, first


def _disk_sizes(wanted: dict[str, Json]) -> dict[int, int]:
    """Sizes in GB by the disk's place: device 0 is the first, 1 is swap, 2 is the second and so on."""
    sizes = {}
    for one in arguments.sequence(wanted, "blockDevices"):
        device = arguments.mapping(one, "blockDevices")
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


def _further_disks(wanted: dict[str, Json], flavor: Flavor | None) -> tuple[Item, ...]:
    sizes = _disk_sizes(wanted)
    if flavor and sizes.get(0, flavor.disk_gb) != flavor.disk_gb:
        raise faults.invalid_value(
            "blockDevices.diskImage.capacity", "The flavor sets the first disk's size."
        )
    local = flavor.local if flavor else bool(arguments.flag(wanted, "localDiskFlag"))
    disks = []
    for place, size in sorted(sizes.items()):
        if place == 0:
            continue
        disk = find_item(f"guest_disk{place}", size, local=local)
        if disk is None:
            raise faults.invalid_value("blockDevices.diskImage.capacity", _ASK)
        disks.append(disk)
    return tuple(disks)


def _system(wanted: dict[str, Json]) -> Item:
    code = arguments.text(wanted, "operatingSystemReferenceCode")
    if not code:
        raise faults.missing_property("operatingSystemReferenceCode", _TYPE)
    system = find_operating_system(code)
    item = find_system_item(system.code) if system else None
    if item is None:
        raise faults.invalid_value("operatingSystemReferenceCode", _ASK)
    return item


def _uplink(wanted: dict[str, Json], private_only: bool) -> Item:
    components = arguments.sequence(wanted, "networkComponents")
    first = components[0] if components and isinstance(components[0], dict) else {}
    speed = arguments.number(first.get("maxSpeed"), "networkComponents.maxSpeed")
    item = find_item("port_speed", SPEEDS_MBPS[0] if speed is None else speed, private=private_only)
    if item is None:
        raise faults.invalid_value("networkComponents.maxSpeed", _ASK)
    return item


def _included(private_only: bool) -> tuple[Item, ...]:
    return tuple(one for one in INCLUDED if not (private_only and one.category == "bandwidth"))


def _key_ids(wanted: dict[str, Json]) -> tuple[int, ...]:
    found = []
    for one in arguments.sequence(wanted, "sshKeys"):
        key = arguments.number(arguments.mapping(one, "sshKeys").get("id"), "sshKeys.id")
        if key is not None:
            found.append(key)
    return tuple(dict.fromkeys(found))
