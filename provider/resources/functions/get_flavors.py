"""`softlayer:index:getFlavors`: the sizes on offer, of virtual servers or of bare metal."""

from provider.resources.contract import Checked
from provider.resources.fields import Field, check_fields
from provider.resources.ordering.price_list import (
    PRICE_MASK,
    Place,
    category,
    find_package,
    find_place,
    valid_prices,
)
from provider.session import Session
from provider.softlayer.records import Record, as_records, decimal_at, records_at, text_at, whole_at
from provider.values import UNKNOWN, Properties, Value, text

PACKAGES = {"virtual": "PUBLIC_CLOUD_SERVER", "metal": "BARE_METAL_SERVER"}
"""The packages whose presets are flavors; the official client orders from the same ones."""
MASK = (
    f"mask[id,keyName,description,locations[name],prices[{PRICE_MASK},itemId,"
    "item[id,keyName,capacity,units]]]"
)
MEGABYTES = 1024


def _kind(value: Value) -> str | None:
    return None if value in PACKAGES else f"must be {' or '.join(PACKAGES)}, not {value!r}"


FIELDS = (Field("datacenter"), Field("kind", default="virtual", rule=_kind))


class GetFlavors:
    """The function, over SoftLayer_Product_Package::getActivePresets."""

    token = "softlayer:index:getFlavors"  # noqa: S105 - a function token

    def check(self, arguments: Properties) -> Checked:
        """Check the inputs by the table."""
        return check_fields(FIELDS, arguments)

    def unknown(self) -> Properties:
        """Return the answer while an argument is unknown."""
        return {"keyNames": UNKNOWN, "flavors": UNKNOWN}

    async def call(self, session: Session, arguments: Properties) -> Properties:
        """List the flavors, those of one datacenter when it is given.

        Raises:
            InvalidInputError: The datacenter does not exist, or nothing of that kind is sold.
        """
        name = text(arguments, "datacenter")
        place = await find_place(session, name) if name else None
        package = await find_package(session, PACKAGES[text(arguments, "kind")], "kind")
        presets = await session.api.read("Product_Package", "getActivePresets", id=package, mask=MASK)
        rows = flavor_rows(as_records(presets), place)
        return {"keyNames": [row["keyName"] for row in rows], "flavors": list(rows)}


def flavor_rows(presets: tuple[Record, ...], place: Place | None) -> tuple[dict[str, Value], ...]:
    """Return one row a preset that is sold in the place, by key name.

    One that lists no place is sold in all.
    """
    rows = []
    for preset in presets:
        sold_in = {text_at(location, "name") for location in records_at(preset, "locations")}
        if place is None or not sold_in or place.name in sold_in:
            rows.append(_row(preset, place))
    return tuple(sorted(rows, key=lambda row: str(row["keyName"])))


def _row(preset: Record, place: Place | None) -> dict[str, Value]:
    prices = _prices(preset, place)
    sizes = {category(price): whole_at(price, "item.capacity") for price in prices}
    row: dict[str, Value] = {
        "keyName": text_at(preset, "keyName"),
        "description": text_at(preset, "description"),
        "cpus": sizes.get("guest_core"),
        "memory": (sizes.get("ram") or 0) * MEGABYTES or None,
        "disks": [
            size
            for code, size in sorted(sizes.items())
            if code.startswith(("guest_disk", "disk")) and size is not None
        ],
        "hourlyCost": round(sum(decimal_at(price, "hourlyRecurringFee") for price in prices), 6),
        "monthlyCost": round(sum(decimal_at(price, "recurringFee") for price in prices), 6),
    }
    return {name: value for name, value in row.items() if value is not None}


def _prices(preset: Record, place: Place | None) -> tuple[Record, ...]:
    """Return the prices of a preset that hold in the place, one for each item in each category."""
    by_item: dict[int | None, list[Record]] = {}
    for price in records_at(preset, "prices"):
        by_item.setdefault(whole_at(price, "item.id"), []).append(price)
    return tuple(price for prices in by_item.values() for price in valid_prices(tuple(prices), place))
