"""What getCreateObjectOptions answers for bare metal: every value a template may hold."""

from cloud.catalog.datacenters import DATACENTERS
from cloud.catalog.hardware import HARDWARE_ITEMS, PRESETS, HardwarePreset
from cloud.catalog.prices import hourly_total, money, monthly_total, price
from cloud.values import Json


def hardware_options() -> dict[str, Json]:
    """The SoftLayer_Container_Hardware_Configuration."""
    return {
        "datacenters": [{"template": {"datacenter": {"name": one.name}}} for one in DATACENTERS],
        "fixedConfigurationPresets": [_preset(one) for one in PRESETS],
        "hardDrives": [],
        "networkComponents": [
            {
                "itemPrice": price(one),
                "template": {
                    "networkComponents": [{"maxSpeed": int(one.capacity)}],
                    "privateNetworkOnlyFlag": one.private,
                },
            }
            for one in HARDWARE_ITEMS
            if one.category == "port_speed"
        ],
        "operatingSystems": [
            {"itemPrice": price(one), "template": {"operatingSystemReferenceCode": one.os_code}}
            for one in HARDWARE_ITEMS
            if one.category == "os"
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
