"""Prices and flavors from SoftLayer's records: which price holds where."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from provider.resources.functions.get_flavors import flavor_rows
from provider.resources.functions.get_images import operating_systems, private_images
from provider.resources.functions.get_prices import price_rows
from provider.resources.ordering.price_list import Place, category, nearest, valid_prices
from provider.softlayer.records import Record

GROUPS = st.none() | st.integers(1, 4)
PRICES = st.lists(
    st.builds(
        lambda number, group, code, low: {
            "id": number,
            "locationGroupId": group,
            "categories": [{"categoryCode": code}],
            "capacityRestrictionMinimum": low,
            "recurringFee": "1.5",
        },
        st.integers(1, 999),
        GROUPS,
        st.sampled_from(["ram", "os"]),
        st.none() | st.sampled_from(["1", "4"]),
    ),
    max_size=8,
    unique_by=lambda price: price["id"],
)


def kind(price: Record) -> tuple[object, object]:
    return category(price), price["capacityRestrictionMinimum"]


@given(PRICES, st.frozensets(st.integers(1, 4)))
def test_each_kind_has_the_local_price_or_else_the_standard_one(
    prices: list[dict[str, Any]], groups: frozenset[int]
) -> None:
    valid = valid_prices(tuple(prices), Place("dal05", groups))
    assert [price for price in prices if price in valid] == list(valid), "the order is kept"
    for price in prices:
        same = [peer for peer in prices if kind(peer) == kind(price)]
        local = [peer for peer in same if peer["locationGroupId"] in groups]
        standard = [peer for peer in same if peer["locationGroupId"] is None]
        assert [peer for peer in valid if kind(peer) == kind(price)] == (local or standard)


@given(PRICES)
def test_without_a_place_the_standard_prices_hold(prices: list[dict[str, Any]]) -> None:
    assert list(valid_prices(tuple(prices), None)) == [
        price for price in prices if not price["locationGroupId"]
    ]


def test_a_price_row_leaves_out_what_there_is_not() -> None:
    item = {
        "id": 5, "keyName": "RAM_1_GB", "description": "1 GB", "capacity": "1", "units": "GB",
        "prices": [
            {"id": 7, "locationGroupId": "", "recurringFee": "10", "categories": [{"categoryCode": "ram"}]},
            {
                "id": 8, "locationGroupId": 3, "recurringFee": "11.5", "hourlyRecurringFee": ".02",
                "capacityRestrictionType": "CORE", "capacityRestrictionMinimum": "1",
                "capacityRestrictionMaximum": "4", "categories": [{"categoryCode": "ram"}],
            },
        ],
    }  # fmt: skip
    plain, local = price_rows((item,), Place("dal05", frozenset({3})))
    assert plain == {
        "keyName": "RAM_1_GB", "description": "1 GB", "category": "ram", "itemId": 5, "priceId": 7,
        "monthlyCost": 10.0, "capacity": 1.0, "units": "GB",
    }  # fmt: skip
    assert (local["hourlyCost"], local["restrictedBy"]) == (0.02, "CORE")
    assert (local["restrictedFrom"], local["restrictedTo"]) == (1, 4)


def test_a_flavor_counts_one_price_an_item_and_is_left_out_where_it_is_not_sold() -> None:
    def price(number: int, item: int, code: str, capacity: str, group: int | None) -> dict[str, Any]:
        return {
            "id": number, "locationGroupId": group, "hourlyRecurringFee": str(number), "recurringFee": "2",
            "categories": [{"categoryCode": code}], "item": {"id": item, "capacity": capacity},
        }  # fmt: skip

    preset = {
        "keyName": "B1_2X4X25", "description": "d", "locations": [{"name": "dal05"}],
        "prices": [
            price(1, 1, "guest_core", "2", None), price(5, 1, "guest_core", "2", 9),
            price(2, 2, "ram", "4", None), price(0, 3, "guest_disk0", "25", None),
        ],
    }  # fmt: skip
    (standard,) = flavor_rows((preset,), None)
    assert standard == {
        "keyName": "B1_2X4X25", "description": "d", "cpus": 2, "memory": 4096, "disks": [25],
        "hourlyCost": 3.0, "monthlyCost": 6.0,
    }  # fmt: skip
    (local,) = flavor_rows((preset,), Place("dal05", frozenset({9})))
    assert local["hourlyCost"] == 7.0
    assert flavor_rows((preset,), Place("ams01")) == ()


def test_images() -> None:
    options = {
        "operatingSystems": [
            {"template": {"operatingSystemReferenceCode": "B"}, "itemPrice": {"item": {"description": "b"}}},
            {"template": {"operatingSystemReferenceCode": "A"}, "itemPrice": {"item": {"description": "a"}}},
            {"template": {"operatingSystemReferenceCode": "A"}, "itemPrice": {"item": {"description": "z"}}},
            {"template": {}},
        ]
    }
    assert operating_systems(options) == (
        {"code": "A", "description": "a"},
        {"code": "B", "description": "b"},
    )
    groups: tuple[Record, ...] = (
        {"id": 2, "name": "b", "globalIdentifier": "g2", "datacenters": [{"name": "z"}, {"name": "a"}]},
        {"id": 3, "parentId": 2, "name": "child"},
        {"id": 1, "parentId": "", "name": "a", "note": "n", "createDate": "2026-01-01T00:00:00+00:00"},
    )
    first, second = private_images(groups)
    assert (first["id"], first["note"], first["datacenters"]) == (1, "n", [])
    assert (second["globalIdentifier"], second["datacenters"]) == ("g2", ["a", "z"])


def test_nearest() -> None:
    assert nearest("dal5", ["dal05", "ams01"]) == "nearest are dal05"
    assert nearest("x", ["b", "a"]) == "there are a, b"
    assert nearest("x", []) == "there are none"
