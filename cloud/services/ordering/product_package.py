"""SoftLayer_Product_Package and SoftLayer_Product_Package_Preset: the catalog."""

from cloud import faults
from cloud.account.account import Account
from cloud.catalog.flavors import find_preset
from cloud.catalog.hardware import find_hardware_preset_number
from cloud.catalog.packages import FLAVOR_PACKAGE, HARDWARE_PACKAGE, PACKAGES, find_package
from cloud.entities.ordering.product import package_entity, preset_entity
from cloud.services.service import Call, Service, require_number
from cloud.values import Entity, Value

NAME = "SoftLayer_Product_Package"
PRESET = "SoftLayer_Product_Package_Preset"


def services(_account: Account) -> tuple[Service, ...]:
    """Return the services of the catalog; a package's items, presets and regions are its relations."""

    def everything(_: Call) -> Value:
        return [package_entity(package) for package in PACKAGES]

    def find(identifier: str | None) -> Entity:
        number = require_number(NAME, identifier)
        package = find_package(number)
        if package is None:
            raise faults.not_found(str(number))
        return package_entity(package)

    def preset(identifier: str | None) -> Entity:
        number = require_number(PRESET, identifier)
        flavor = find_preset(number)
        if flavor is not None:
            return preset_entity(flavor, FLAVOR_PACKAGE)
        metal = find_hardware_preset_number(number)
        if metal is None:
            raise faults.not_found(str(number))
        return preset_entity(metal, HARDWARE_PACKAGE)

    return Service(NAME, find, {"getAllObjects": everything}), Service(PRESET, preset)
