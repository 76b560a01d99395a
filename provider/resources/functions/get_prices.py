"""`softlayer:index:getPrices`: what a package's items cost in a datacenter, found by key name."""

from provider.errors import InvalidInputError
from provider.resources.contract import Checked
from provider.resources.fields import Field, check_fields, filled
from provider.resources.ordering.price_list import (
    PRICE_MASK,
    Place,
    category,
    find_package,
    find_place,
    nearest,
    valid_prices,
)
from provider.session import Session
from provider.softlayer.records import Record, as_records, at, decimal_at, records_at, text_at, whole_at
from provider.values import UNKNOWN, Properties, Value, text, texts

MASK = f"mask[id,keyName,description,capacity,units,prices[{PRICE_MASK}]]"


def _some(value: Value) -> str | None:
    return None if value else "must name at least one item, or be left out for all"


FIELDS = (
    Field("package", required=True, rule=filled),
    Field("datacenter", required=True, rule=filled),
    Field("keyNames", many=True, unordered=True, rule=filled, whole_rule=_some),
)


class GetPrices:
    """The function, over SoftLayer_Product_Package::getItems."""

    token = "softlayer:index:getPrices"  # noqa: S105 - a function token

    def check(self, arguments: Properties) -> Checked:
        """Check the inputs by the table."""
        return check_fields(FIELDS, arguments)

    def unknown(self) -> Properties:
        """Return the answer while an argument is unknown."""
        return {"packageId": UNKNOWN, "prices": UNKNOWN}

    async def call(self, session: Session, arguments: Properties) -> Properties:
        """List the prices that hold in the datacenter.

        Raises:
            InvalidInputError: Package, datacenter or an item does not exist; names the nearest.
        """
        place = await find_place(session, text(arguments, "datacenter"))
        package = await find_package(session, text(arguments, "package"))
        key_names = texts(arguments, "keyNames")
        items = await self._items(session, package, key_names)
        item_names = {text_at(item, "keyName") for item in items}
        missing = [(index, name) for index, name in enumerate(key_names) if name not in item_names]
        if missing:
            all_items = as_records(
                await session.api.read("Product_Package", "getItems", id=package, mask="mask[keyName]")
            )
            index, name = missing[0]
            valid_names = {text_at(item, "keyName") for item in all_items} - {""}
            raise InvalidInputError(
                f"keyNames[{index}]",
                f"{name!r} is no item of {text(arguments, 'package')}; {nearest(name, valid_names)}.",
            )
        return {"packageId": package, "prices": list(price_rows(items, place))}

    async def _items(self, session: Session, package: int, key_names: tuple[str, ...]) -> tuple[Record, ...]:
        filter_option: dict[str, object] = {}
        if key_names:
            options = [{"name": "data", "value": list(key_names)}]
            filter_option = {"filter": {"items": {"keyName": {"operation": "in", "options": options}}}}
        answer = await session.api.read("Product_Package", "getItems", id=package, mask=MASK, **filter_option)
        # A filter that the API does not understand is ignored there, not refused.
        return tuple(
            item for item in as_records(answer) if not key_names or text_at(item, "keyName") in key_names
        )


def price_rows(items: tuple[Record, ...], place: Place) -> tuple[dict[str, Value], ...]:
    """Return one row a price that holds in the place, by category and key name."""
    rows = (_row(item, price) for item in items for price in valid_prices(records_at(item, "prices"), place))
    return tuple(
        sorted(rows, key=lambda row: (str(row["category"]), str(row["keyName"]), str(row["priceId"])))
    )


def _row(item: Record, price: Record) -> dict[str, Value]:
    row: dict[str, Value] = {
        "keyName": text_at(item, "keyName"),
        "description": text_at(item, "description"),
        "category": category(price),
        "itemId": whole_at(item, "id"),
        "priceId": whole_at(price, "id"),
        "monthlyCost": decimal_at(price, "recurringFee"),
        "hourlyCost": None,
        "capacity": decimal_at(item, "capacity") if at(item, "capacity") is not None else None,
        "units": text_at(item, "units") or None,
        "restrictedBy": text_at(price, "capacityRestrictionType") or None,
        "restrictedFrom": whole_at(price, "capacityRestrictionMinimum"),
        "restrictedTo": whole_at(price, "capacityRestrictionMaximum"),
    }
    if at(price, "hourlyRecurringFee") is not None:
        row["hourlyCost"] = decimal_at(price, "hourlyRecurringFee")
    return {name: value for name, value in row.items() if value is not None}
