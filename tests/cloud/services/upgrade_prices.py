"""Prices of upgrades of a virtual server."""

from harness.cloud.running_api import RunningApi

UPGRADE = "SoftLayer_Container_Product_Order_Virtual_Guest_Upgrade"


def price_of(api: RunningApi, number: int, category: str, capacity: str) -> int:
    mask = "mask[id,categories.categoryCode,item.capacity]"
    prices = api.client().call("Virtual_Guest", "getUpgradeItemPrices", True, id=number, mask=mask)
    return next(
        int(price["id"])
        for price in prices
        if (price["categories"][0]["categoryCode"], price["item"]["capacity"]) == (category, capacity)
    )
