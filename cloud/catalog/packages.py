"""The product packages: what is ordered under which number.

46, 835 and 0 are the real numbers; the type of 835 is a choice.
"""

from dataclasses import dataclass

from cloud.catalog.flavors import FLAVORS, Flavor
from cloud.catalog.items import GUEST_ITEMS, OBJECT_STORAGE, Item

CUSTOM_PACKAGE = 46
FLAVOR_PACKAGE = 835
ADDITIONAL_PACKAGE = 0


@dataclass(frozen=True)
class Package:
    """A package: its number, key name, name, type, items and flavors."""

    id: int
    key_name: str
    name: str
    type_key: str
    items: tuple[Item, ...]
    flavors: tuple[Flavor, ...] = ()


PACKAGES = (
    Package(
        ADDITIONAL_PACKAGE,
        "ADDITIONAL_PRODUCTS",
        "Additional Products",
        "ADDITIONAL_SERVICES",
        (OBJECT_STORAGE,),
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
)


def find_package(package_id: int) -> Package | None:
    """The package of that number, or None."""
    return next((one for one in PACKAGES if one.id == package_id), None)
