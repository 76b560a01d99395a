"""The product packages: what is ordered under which number.

46, 835, 200 and 0 are the real numbers; the type of 835 and the number 543 are a choice. A global IP is sold
in 0, where the official client looks for it, and in a package of its own type, where Terraform does.
"""

from dataclasses import dataclass

from cloud.catalog.flavors import FLAVORS, Flavor
from cloud.catalog.hardware import HARDWARE_ITEMS, PRESETS, HardwarePreset
from cloud.catalog.items import GLOBAL_IPV4, GUEST_ITEMS, OBJECT_STORAGE, Item

CUSTOM_PACKAGE = 46
FLAVOR_PACKAGE = 835
HARDWARE_PACKAGE = 200
ADDITIONAL_PACKAGE = 0
GLOBAL_IP_PACKAGE = 543


@dataclass(frozen=True)
class Package:
    """A package: its number, key name, name, type, items and flavors or presets."""

    id: int
    key_name: str
    name: str
    type_key: str
    items: tuple[Item, ...]
    flavors: tuple[Flavor | HardwarePreset, ...] = ()


PACKAGES = (
    Package(
        ADDITIONAL_PACKAGE,
        "ADDITIONAL_PRODUCTS",
        "Additional Products",
        "ADDITIONAL_SERVICES",
        (OBJECT_STORAGE, GLOBAL_IPV4),
    ),
    Package(
        GLOBAL_IP_PACKAGE,
        "ADDITIONAL_SERVICES_GLOBAL_IP_ADDRESSES",
        "Global IP Addresses",
        "ADDITIONAL_SERVICES_GLOBAL_IP_ADDRESSES",
        (GLOBAL_IPV4,),
    ),
    Package(CUSTOM_PACKAGE, "CLOUD_SERVER", "Cloud Server", "VIRTUAL_SERVER_INSTANCE", GUEST_ITEMS),
    Package(
        FLAVOR_PACKAGE,
        "PUBLIC_CLOUD_SERVER",
        "Public Cloud Server",
        "PUBLIC_VIRTUAL_SERVER_INSTANCE",
        GUEST_ITEMS,
        FLAVORS,
    ),
    Package(
        HARDWARE_PACKAGE,
        "BARE_METAL_SERVER",
        "Bare Metal Server",
        "BARE_METAL_CPU",
        HARDWARE_ITEMS,
        PRESETS,
    ),
)


def find_package(package_id: int) -> Package | None:
    """Return the package of that number, or None."""
    return next((package for package in PACKAGES if package.id == package_id), None)
