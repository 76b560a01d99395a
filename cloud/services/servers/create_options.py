"""What getCreateObjectOptions answers: every value a template may hold."""

from collections.abc import Callable

from cloud.catalog.datacenters import DATACENTERS
from cloud.catalog.flavors import FLAVORS, Flavor
from cloud.catalog.items import GUEST_ITEMS, MOST_DISKS, Item
from cloud.catalog.prices import hourly_total, money, monthly_total, price
from cloud.values import Json


def create_options() -> dict[str, Json]:
    """Return the SoftLayer_Container_Virtual_Guest_Configuration."""
    return {
        "processors": _options("guest_core", lambda item: {"startCpus": int(item.capacity)}),
        "memory": _options("ram", lambda item: {"maxMemory": int(item.capacity) * 1024}),
        "operatingSystems": _options("os", lambda item: {"operatingSystemReferenceCode": item.os_code}),
        "networkComponents": _options("port_speed", _network),
        "blockDevices": [disk for at in range(MOST_DISKS) for disk in _disks(at)],
        "datacenters": [
            {"template": {"datacenter": {"name": datacenter.name}}} for datacenter in DATACENTERS
        ],
        "flavors": [_flavor(flavor) for flavor in FLAVORS],
    }


def _flavor(flavor: Flavor) -> Json:
    return {
        "flavor": {
            "keyName": flavor.key_name,
            "name": flavor.key_name,
            "totalMinimumHourlyFee": money(hourly_total(flavor.items)),
            "totalMinimumRecurringFee": money(monthly_total(flavor.items)),
        },
        "template": {"supplementalCreateObjectOptions": {"flavorKeyName": flavor.key_name}},
    }


def _network(item: Item) -> dict[str, Json]:
    return {"networkComponents": [{"maxSpeed": int(item.capacity)}], "privateNetworkOnlyFlag": item.private}


def _disks(place: int) -> list[Json]:
    device = str(place if place == 0 else place + 1)
    return _options(
        f"guest_disk{place}",
        lambda item: {
            "blockDevices": [{"device": device, "diskImage": {"capacity": int(item.capacity)}}],
            "localDiskFlag": item.local,
        },
    )


def _options(category: str, template: Callable[[Item], dict[str, Json]]) -> list[Json]:
    return [
        {"itemPrice": price(item), "template": template(item)}
        for item in GUEST_ITEMS
        if item.category == category
    ]
