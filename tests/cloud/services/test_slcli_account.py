"""slcli beyond single servers: account, orders, catalog, object storage, and raw calls, on both wires."""

import json

import pytest

from harness.cloud.running_api import RunningApi
from harness.waiting import until
from tests.cloud.services.slcli import Slcli
from tests.support.cloud.ordering import ready, template


@pytest.fixture
def servers(running_api: RunningApi) -> list[int]:
    """Three servers that are ready: web0, web1 and db."""
    client = running_api.client()
    guests = client.call(
        "Virtual_Guest", "createObjects", [template(name) for name in ("web0", "web1", "db")]
    )
    ids = [guest["id"] for guest in guests]
    for number in ids:
        until(lambda number=number: ready(client, number), "ready")  # type: ignore[misc]
    return ids


def test_the_account(slcli: Slcli, servers: list[int]) -> None:
    summary = slcli("account", "summary")
    assert (summary["Company Name"], summary["Virtual Guests"]) == ("Local cloud", 3)
    items = slcli("account", "billing-items")
    assert [item["Description"] for item in items] == [
        "web0.example.com",
        "web1.example.com",
        "db.example.com",
    ]
    assert {item["Ordered By"] for item in items} == {"operator"}
    detail = {row["Key"]: row["Value"] for row in slcli("account", "item-detail", str(items[0]["Id"]))}
    assert detail["description"] == "1 x 2.0 GHz or higher Core"
    (user,) = slcli("user", "list")
    assert user["username"] == "operator"
    for words in (("account", "invoices"), ("account", "bandwidth-pools"), ("order", "quote-list")):
        assert slcli(*words) == [], words
    assert slcli("order", "cancelation") == []
    slcli("account", "events")
    (totals,) = slcli("summary")[:1]
    assert totals["hardware"] == 0
    assert len(servers) == 3


def test_the_orders_of_the_account(slcli: Slcli, servers: list[int]) -> None:
    orders = slcli("account", "orders")
    assert len(orders) == len(servers)
    assert {(order["State"], order["User"]) for order in orders} == {("APPROVED", "operator")}
    looked_up = {row["Key"]: row["Value"] for row in slcli("order", "lookup", str(orders[0]["Id"]))}
    assert looked_up["Ordered By"].startswith("operator")


def test_the_catalog(slcli: Slcli) -> None:
    assert {"CLOUD_SERVER", "PUBLIC_CLOUD_SERVER"} <= {
        row["keyName"] for row in slcli("order", "package-list")
    }
    categories = slcli("order", "category-list", "CLOUD_SERVER")
    assert {"guest_core", "ram", "os"} <= {
        category["categoryCode"] for category in categories if category["isRequired"] == "Y"
    }
    items = slcli("order", "item-list", "CLOUD_SERVER", "--category", "ram")
    assert "RAM_1_GB" in json.dumps(items)
    assert "B1_1X2X25" in json.dumps(slcli("order", "preset-list", "PUBLIC_CLOUD_SERVER"))
    locations = slcli("order", "package-locations", "CLOUD_SERVER")
    assert "dal13" in [place["dc"] for place in locations]


def test_object_storage(slcli: Slcli, running_api: RunningApi) -> None:
    order = {"packageId": 0, "quantity": 1, "prices": [{"id": 30920}]}
    running_api.client().call("Product_Order", "placeOrder", order)
    (account,) = until(lambda: slcli("object-storage", "accounts"), "an account")
    assert account["apiType"] == "Swift"
    # Both ask the service of IBM COS (Cleversafe), which this cloud does not have, and says so.
    for words in (("endpoints",), ("credential", "list")):
        message = slcli("object-storage", *words, str(account["id"]), expected=1)
        assert "is not implemented by this cloud" in message
    assert slcli("object-storage", "cancel", str(account["id"]), "--immediate")


def test_raw_calls(slcli: Slcli, servers: list[int]) -> None:
    call = ("call-api", "Account", "getVirtualGuests", "--mask=id,hostname")
    rows = slcli(*call)
    assert [row["id"] for row in rows] == servers
    assert all(set(row) == {"id", "hostname"} for row in rows)
    assert [row["hostname"] for row in slcli(*call, "--limit", "1", "--offset", "1")] == ["web1"]
    target_count = json.dumps({"virtualGuests": {"hostname": {"operation": "^= web"}}})
    assert [row["hostname"] for row in slcli(*call, "--json-filter", target_count)] == ["web0", "web1"]
    assert [row["hostname"] for row in slcli(*call, "-f", "virtualGuests.hostname=db")] == ["db"]
    single = slcli("call-api", "Virtual_Guest", "getObject", f"--id={servers[2]}", "--mask=hostname")
    assert single["hostname"] == "db"
    message = slcli("call-api", "Virtual_Guest", "getObject", "--id=1", expected=1)
    assert "Unable to find object with id of '1'." in message
