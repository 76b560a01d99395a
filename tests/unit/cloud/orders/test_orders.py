"""Orders: template and container mean the same server; what does not add up is refused."""

from typing import Any

import pytest

from cloud.account.tags import read_tags
from cloud.catalog.flavors import FLAVORS
from cloud.catalog.items import GUEST_ITEMS, OBJECT_STORAGE
from cloud.catalog.prices import hourly_total
from cloud.faults import ApiFault
from cloud.orders.container import read_orders
from cloud.orders.guest_template import read_template
from cloud.orders.order_response import guest_order_template, verification_response
from tests.support.cloud.ordering import template as ordered


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {
            "supplementalCreateObjectOptions": {"flavorKeyName": "B1_2X4X100"},
            "startCpus": None,
            "maxMemory": None,
        },
        {"privateNetworkOnlyFlag": True, "networkComponents": [{"maxSpeed": 1000}]},
        {
            "blockDevices": [
                {"device": "0", "diskImage": {"capacity": 100}},
                {"device": "2", "diskImage": {"capacity": 25}},
            ]
        },
        {"sshKeys": [{"id": 5}, {"id": 6}], "postInstallScriptUri": "https://example.com/x"},
        {
            "blockDevices": None,
            "postInstallScriptUri": "",
            "supplementalCreateObjectOptions": {"bootMode": None},
        },
    ],
)
def test_a_template_becomes_a_container_of_the_same_server(changes: dict[str, Any]) -> None:
    request = read_template(ordered(**changes))
    (order,) = read_orders(guest_order_template(request))
    (again,) = order.guests
    assert (again.disks, again.os_code, again.flavor, again.private_only) == (
        request.disks,
        request.os_code,
        request.flavor,
        request.private_only,
    )
    assert sorted(item.price_id for item in again.items) == sorted(item.price_id for item in request.items)
    assert (again.key_ids, again.script_uri, again.hourly) == (
        request.key_ids,
        request.script_uri,
        request.hourly,
    )
    assert hourly_total(again.items) == hourly_total(request.items)


def test_one_container_may_hold_others() -> None:
    container = guest_order_template(read_template(ordered()))
    (order,) = read_orders({"orderContainers": [container]})
    assert order.guests[0].hostname == "web"
    total = verification_response([order])
    assert total["postTaxRecurringHourly"] == "0.037"
    assert isinstance(total["prices"], list)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"prices": []}, "Order_MissingCategory"),
        ({"prices": [{"id": 4711}]}, "Order_InvalidData"),
        ({"location": "xyz99"}, "Order_InvalidLocation"),
        ({"location": None}, "Order_InvalidLocation"),
        ({"presetId": 1}, "Order_InvalidData"),
        ({"virtualGuests": [{"hostname": "web"}]}, "Order_InvalidData"),
        ({"virtualGuests": []}, "Order_InvalidData"),
        ({"quantity": 2}, "Order_InvalidData"),
        ({"packageId": None}, "Order_InvalidData"),
    ],
)
def test_a_container_that_does_not_add_up(change: dict[str, Any], code: str) -> None:
    container: dict[str, Any] = guest_order_template(read_template(ordered()))
    with pytest.raises(ApiFault) as raised:
        read_orders({**container, **change})
    assert raised.value.code == f"SoftLayer_Exception_{code}"


def test_a_category_is_ordered_once() -> None:
    container: dict[str, Any] = guest_order_template(read_template(ordered()))
    with pytest.raises(ApiFault, match="Only one price"):
        read_orders({**container, "prices": [*container["prices"], {"id": 21002}]})


def test_prices_and_items_are_distinct() -> None:
    everything = (*GUEST_ITEMS, OBJECT_STORAGE)
    assert len({item.price_id for item in everything}) == len(everything)
    assert len({item.id for item in everything}) == len(everything)
    assert len({(item.category, item.key_name) for item in everything}) == len(everything)


def test_every_flavor_is_whole_and_costs_something() -> None:
    assert (
        len({flavor.id for flavor in FLAVORS}) == len({flavor.key_name for flavor in FLAVORS}) == len(FLAVORS)
    )
    assert all(len(flavor.items) == 3 and hourly_total(flavor.items) > 0 for flavor in FLAVORS)


@pytest.mark.parametrize(
    ("text", "tags"),
    [("", ()), (None, ()), ("a, b ,a", ("a", "b")), ("pulumi:x,we ird!,<>", ("pulumi:x", "we ird"))],
)
def test_tags(text: str | None, tags: tuple[str, ...]) -> None:
    assert read_tags(text) == tags
