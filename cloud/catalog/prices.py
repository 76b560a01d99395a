"""Fees: added up, and written as the API writes them."""

from collections.abc import Iterable
from decimal import Decimal

from cloud.catalog.items import CATEGORIES, Item
from cloud.values import Json

_TAX_FREE: dict[str, Json] = {"setupFee": "0", "laborFee": "0", "oneTimeFee": "0"}


def money(amount: Decimal) -> str:
    """Return an amount as decimal text without trailing zeros, `0.025`."""
    text = format(amount, "f")
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


def hourly_total(items: Iterable[Item]) -> Decimal:
    """Return the sum of the fees an hour."""
    return sum((item.hourly or Decimal(0) for item in items), Decimal(0))


def monthly_total(items: Iterable[Item]) -> Decimal:
    """Return the sum of the fees a month."""
    return sum((item.monthly for item in items), Decimal(0))


def category(code: str) -> dict[str, Json]:
    """Return a SoftLayer_Product_Item_Category."""
    number, name = CATEGORIES[code]
    return {"id": number, "categoryCode": code, "name": name}


def price(item: Item) -> dict[str, Json]:
    """Return a SoftLayer_Product_Item_Price, valid everywhere (no location group), with its item."""
    fees: dict[str, Json] = {"recurringFee": money(item.monthly), **_TAX_FREE}
    if item.hourly is not None:
        fees["hourlyRecurringFee"] = money(item.hourly)
    own: dict[str, Json] = {
        "id": item.id,
        "keyName": item.key_name,
        "description": item.description,
        # Null, not "": Go clients read a capacity as a number.
        "capacity": item.capacity or None,
        "units": item.units or None,
    }
    return {
        "id": item.price_id,
        "itemId": item.id,
        "locationGroupId": None,
        "quantity": 1,
        "bareMetalReservedCapacityFlag": False,
        **fees,
        "item": own,
        "categories": [category(item.category)],
    }
