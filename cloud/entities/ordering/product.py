"""What can be ordered: packages, items, prices and presets."""

from cloud.catalog.datacenters import DATACENTERS
from cloud.catalog.flavors import Flavor
from cloud.catalog.hardware import HardwarePreset
from cloud.catalog.items import Item
from cloud.catalog.operating_systems import find_operating_system
from cloud.catalog.packages import Package
from cloud.catalog.prices import category, price
from cloud.entities.location import region_entity
from cloud.values import Entity, Value, structure


def price_entity(item: Item) -> Entity:
    """Return a SoftLayer_Product_Item_Price."""
    plain = price(item)
    local = {
        name: plain[name]
        for name in plain
        if name not in ("item", "categories", "bareMetalReservedCapacityFlag")
    }
    return Entity(
        "SoftLayer_Product_Item_Price",
        structure("", local).local,
        {
            "item": lambda: item_entity(item),
            "categories": lambda: [_category(item)],
            "bareMetalReservedCapacityFlag": lambda: False,
            "attributes": list,
        },
    )


def _category(item: Item) -> Entity:
    return structure("SoftLayer_Product_Item_Category", category(item.category))


def item_entity(item: Item) -> Entity:
    """Return a SoftLayer_Product_Item."""
    return Entity(
        "SoftLayer_Product_Item",
        {
            "id": item.id,
            "keyName": item.key_name,
            "description": item.description,
            # Left out where there is none: the official client makes a number of what is there.
            **({"capacity": item.capacity} if item.capacity else {}),
            **({"units": item.units} if item.units else {}),
            # Among its own properties: the official client reads it under a mask of other relations.
            "itemCategory": _category(item),
        },
        {
            "prices": lambda: [price_entity(item)],
            "categories": lambda: [_category(item)],
            "attributes": lambda: [_private_attribute(item)] if item.private else [],
            "softwareDescription": lambda: software_description(item.os_code) if item.os_code else None,
        },
        # On the real cloud a disk of that size is one item in all places; clients look for it by that name.
        {"keyName": (f"GUEST_DISK{item.key_name[11:]}",)} if item.category.startswith("guest_disk") else {},
    )


def _private_attribute(item: Item) -> Entity:
    """Return what the official client knows a private uplink by."""
    return structure(
        "SoftLayer_Product_Item_Attribute",
        {"id": item.id, "attributeTypeKeyName": "IS_PRIVATE_NETWORK_ONLY", "value": "1"},
    )


def software_description(os_code: str) -> Entity | None:
    """Return a SoftLayer_Software_Description; None for an unknown reference code."""
    system = find_operating_system(os_code)
    if system is None:
        return None
    return structure(
        "SoftLayer_Software_Description",
        {
            "id": 1600 + sum(os_code.encode()),
            "manufacturer": system.family,
            "name": system.family,
            "version": system.version,
            "referenceCode": system.code,
            "longDescription": f"{system.family} {system.version}",
            "operatingSystem": 1,
        },
    )


def preset_entity(flavor: Flavor | HardwarePreset, package_id: int) -> Entity:
    """Return a SoftLayer_Product_Package_Preset."""
    return Entity(
        "SoftLayer_Product_Package_Preset",
        {
            "id": flavor.id,
            "keyName": flavor.key_name,
            "name": flavor.key_name.replace("_", ".", 1),
            "description": flavor.description,
            "isActive": "1",
            "packageId": package_id,
        },
        {
            "prices": lambda: [price_entity(item) for item in flavor.items],
            "locations": list,
            "categories": lambda: [_category(item) for item in flavor.items],
        },
    )


def package_entity(package: Package) -> Entity:
    """Return a SoftLayer_Product_Package."""

    def presets() -> Value:
        return [preset_entity(flavor, package.id) for flavor in package.flavors]

    return Entity(
        "SoftLayer_Product_Package",
        {
            "id": package.id,
            "keyName": package.key_name,
            "name": package.name,
            "description": package.name,
            "isActive": 1,
        },
        {
            "type": lambda: structure(
                "SoftLayer_Product_Package_Type",
                {"id": package.id + 1, "keyName": package.type_key, "name": package.type_key},
            ),
            "items": lambda: [item_entity(item) for item in package.items],
            "itemPrices": lambda: [price_entity(item) for item in package.items],
            "activePresets": presets,
            "accountRestrictedActivePresets": list,
            "presets": presets,
            "regions": lambda: [region_entity(datacenter) for datacenter in DATACENTERS],
            "locations": list,
            "categories": lambda: _categories(package),
            "configuration": lambda: _configuration(package),
        },
    )


def _categories(package: Package) -> list[Entity]:
    return [structure("SoftLayer_Product_Item_Category", category(code)) for code in _codes(package)]


def _codes(package: Package) -> list[str]:
    return list(dict.fromkeys(item.category for item in package.items))


def _configuration(package: Package) -> list[Value]:
    return [_configured(at, code) for at, code in enumerate(_codes(package), start=1)]


def _configured(number: int, code: str) -> Entity:
    required = code in ("guest_core", "ram", "os", "guest_disk0", "port_speed", "object_storage")
    return Entity(
        "SoftLayer_Product_Package_Order_Configuration",
        {"id": number, "isRequired": int(required)},
        {"itemCategory": lambda: structure("SoftLayer_Product_Item_Category", category(code))},
    )
