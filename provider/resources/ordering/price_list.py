"""SoftLayer's price list: packages by key name, and the prices that hold in a datacenter.

An item has a standard price (no location group) and may have others for groups of datacenters; where the
datacenter is in such a group that price takes the standard one's place. Source: SLDN
SoftLayer_Product_Item_Price (locationGroupId, capacityRestriction*), article "location-based pricing".
"""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from provider.errors import InvalidInputError
from provider.session import Session
from provider.softlayer.records import Record, as_records, at, records_at, text_at, whole_at

MAX_OFFERED = 3
"""Nearest names offered when one is wrong (choice)."""
PRICE_MASK = (
    "id,locationGroupId,hourlyRecurringFee,recurringFee,capacityRestrictionMinimum,"
    "capacityRestrictionMaximum,capacityRestrictionType,categories[categoryCode]"
)
RESTRICTION = ("capacityRestrictionType", "capacityRestrictionMinimum", "capacityRestrictionMaximum")


@dataclass(frozen=True)
class Place:
    """A datacenter as the price list knows it: short name, and the pricing groups it is in."""

    name: str
    groups: frozenset[int] = frozenset()


def nearest(name: str, valid_names: Iterable[str]) -> str:
    """Return the nearest known names of a name that is unknown, for a message."""
    names = sorted(valid_names)
    by_lower = {valid_name.lower(): valid_name for valid_name in names}
    matches = difflib.get_close_matches(name.lower(), by_lower, MAX_OFFERED, 0.5)
    near = [by_lower[match] for match in matches]
    return f"nearest are {', '.join(near)}" if near else f"there are {', '.join(names[:6]) or 'none'}"


async def find_place(session: Session, name: str) -> Place:
    """Return the datacenter of a short name.

    Raises:
        InvalidInputError: There is none such.
    """
    datacenters = as_records(
        await session.api.read("Location", "getDatacenters", mask="mask[name,priceGroups[id]]")
    )
    datacenter = next((place for place in datacenters if text_at(place, "name") == name), None)
    if datacenter is None:
        names = (text_at(place, "name") for place in datacenters)
        raise InvalidInputError("datacenter", f"{name!r} is no datacenter; {nearest(name, names)}.")
    groups = (whole_at(group, "id") for group in records_at(datacenter, "priceGroups"))
    return Place(name, frozenset(group for group in groups if group is not None))


async def find_package(session: Session, key_name: str, argument: str = "package") -> int:
    """Return the number of a package.

    Args:
        session: The configured provider.
        key_name: Key name of the package, such as PUBLIC_CLOUD_SERVER.
        argument: Argument to blame when it does not exist.

    Raises:
        InvalidInputError: There is none such.
    """
    object_filter = {"keyName": {"operation": key_name}}
    answer = await session.api.read(
        "Product_Package", "getAllObjects", mask="mask[id,keyName]", filter=object_filter
    )
    number = _number_of(as_records(answer), key_name)
    if number is None:
        packages = await session.api.read("Product_Package", "getAllObjects", mask="mask[id,keyName]")
        valid_names = {text_at(package, "keyName") for package in as_records(packages)} - {""}
        raise InvalidInputError(
            argument, f"{key_name!r} is not for sale here; {nearest(key_name, valid_names)}."
        )
    return number


def _number_of(packages: tuple[Record, ...], key_name: str) -> int | None:
    # A filter that the API does not understand is ignored there, not refused.
    same = (package for package in packages if text_at(package, "keyName") == key_name)
    return whole_at(next(same, {}), "id")


def category(price: Record) -> str:
    """Return the category a price is ordered in; "" when it names none."""
    return text_at(next(iter(records_at(price, "categories")), {}), "categoryCode")


def valid_prices(prices: tuple[Record, ...], place: Place | None) -> tuple[Record, ...]:
    """Return the prices of one item that hold in a datacenter, in their own order.

    Args:
        prices: All prices of the item, as `PRICE_MASK` shows them.
        place: The datacenter; None for the standard prices.
    """
    standard = [price for price in prices if whole_at(price, "locationGroupId") is None]
    local = [
        price for price in prices if place is not None and whole_at(price, "locationGroupId") in place.groups
    ]
    replaced = {_kind(price) for price in local}
    kept = [price for price in standard if _kind(price) not in replaced]
    return tuple(price for price in prices if price in local or price in kept)


def _kind(price: Record) -> tuple[object, ...]:
    """Return what two prices of an item must share for the local one to replace the standard one."""
    return (category(price), *(str(at(price, name) or "") for name in RESTRICTION))
