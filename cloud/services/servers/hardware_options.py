"""What getCreateObjectOptions answers for bare metal: every value a template may hold."""

from cloud.catalog.datacenters import DATACENTERS
from cloud.catalog.hardware import HARDWARE_ITEMS, PRESETS, HardwarePreset
from cloud.catalog.prices import hourly_total, money, monthly_total, price
from cloud.values import Json


def hardware_options() -> dict[str, Json]:
    """Return the SoftLayer_Container_Hardware_Configuration."""
    return {
        "datacenters": [
            {"template": {"datacenter": {"name": datacenter.name}}} for datacenter in DATACENTERS
        ],
        "fixedConfigurationPresets": [_preset(preset) for preset in PRESETS],
        "hardDrives": [],
        "networkComponents": [
            {
                "itemPrice": price(item),
                "template": {
                    "networkComponents": [{"maxSpeed": int(item.capacity)}],
                    "privateNetworkOnlyFlag": item.private,
                },
            }
            for item in HARDWARE_ITEMS
            if item.category == "port_speed"
        ],
        "operatingSystems": [
            {"itemPrice": price(item), "template": {"operatingSystemReferenceCode": item.os_code}}
            for item in HARDWARE_ITEMS
            if item.category == "os"
        ],
        "processors": [],
    }


def _preset(preset: HardwarePreset) -> Json:
    fees: dict[str, Json] = {"totalMinimumRecurringFee": money(monthly_total(preset.items))}
    if preset.hourly:
        fees["totalMinimumHourlyFee"] = money(hourly_total(preset.items))
    return {
        "preset": {"id": preset.id, "keyName": preset.key_name, "description": preset.description, **fees},
        "template": {"fixedConfigurationPreset": {"keyName": preset.key_name}},
    }
