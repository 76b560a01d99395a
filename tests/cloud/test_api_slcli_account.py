"""slcli beyond single servers: account, orders, catalog, object storage, and raw calls, on both wires."""

import json

import pytest

from tests.cloud.ordering import ready, template
from tests.cloud.serving import RunningApi
from tests.cloud.slcli import Slcli
from tests.cloud.waiting import until


@pytest.fixture
def servers(running_api: RunningApi) -> list[int]:
    """Three servers that are ready: web0, web1 and db."""
    client = running_api.client()
    made = client.call("Virtual_Guest", "createObjects", [template(name) for name in ("web0", "web1", "db")])
    ids = [one["id"] for one in made]
    for number in ids:
        until(lambda number=number: ready(client, number), "ready")  # type: ignore[misc]
    return ids


def test_the_account(slcli: Slcli, servers: list[int]) -> None:
    summary = slcli("account", "summary")
    assert (summary["Company Name"], summary["Virtual Guests"]) == ("Local cloud", 3)
    items = slcli("account", "billing-items")
    assert [one["Description"] for one in items] == ["web0.example.com", "web1.example.com", "db.example.com"]
    assert {one["Ordered By"] for one in items} == {"operator"}
    detail = {one["Key"]: one["Value"] for one in slcli("account", "item-detail", str(items[0]["Id"]))}
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
    assert {(one["State"], one["User"]) for one in orders} == {("APPROVED", "operator")}
    looked_up = {one["Key"]: one["Value"] for one in slcli("order", "lookup", str(orders[0]["Id"]))}
    assert looked_up["Ordered By"].startswith("operator")


def test_the_catalog(slcli: Slcli) -> None:
    assert {"CLOUD_SERVER", "PUBLIC_CLOUD_SERVER"} <= {
        one["keyName"] for one in slcli("order", "package-list")
    }
    categories = slcli("order", "category-list", "CLOUD_SERVER")
    assert {"guest_core", "ram", "os"} <= {
        one["categoryCode"] for one in categories if one["isRequired"] == "Y"
    }
    items = slcli("order", "item-list", "CLOUD_SERVER", "--category", "ram")
    assert "RAM_1_GB" in json.dumps(items)
    assert "B1_1X2X25" in json.dumps(slcli("order", "preset-list", "PUBLIC_CLOUD_SERVER"))
    places = slcli("order", "package-locations", "CLOUD_SERVER")
    assert "dal13" in [one["dc"] for one in places]


def test_object_storage(slcli: Slcli, running_api: RunningApi) -> None:
    order = {"packageId": 0, "quantity": 1, "prices": [{"id": 30920}]}
    running_api.client().call("Product_Order", "placeOrder", order)
    (account,) = until(lambda: slcli("object-storage", "accounts"), "an account")
    assert account["apiType"] == "Swift"
    # Both ask the service of IBM COS (Cleversafe), which this cloud does not have, and says so.
    for words in (("endpoints",), ("credential", "list")):
        told = slcli("object-storage", *words, str(account["id"]), expected=1)
        assert "is not implemented by this cloud" in told
    assert slcli("object-storage", "cancel", str(account["id"]), "--immediate")


def test_raw_calls(slcli: Slcli, servers: list[int]) -> None:
    call = ("call-api", "Account", "getVirtualGuests", "--mask=id,hostname")
    found = slcli(*call)
    assert [one["id"] for one in found] == servers
    assert all(set(one) == {"id", "hostname"} for one in found)
    assert [one["hostname"] for one in slcli(*call, "--limit", "1", "--offset", "1")] == ["web1"]
    wanted = json.dumps({"virtualGuests": {"hostname": {"operation": "^= web"}}})
    assert [one["hostname"] for one in slcli(*call, "--json-filter", wanted)] == ["web0", "web1"]
    assert [one["hostname"] for one in slcli(*call, "-f", "virtualGuests.hostname=db")] == ["db"]
    one = slcli("call-api", "Virtual_Guest", "getObject", f"--id={servers[2]}", "--mask=hostname")
    assert one["hostname"] == "db"
    told = slcli("call-api", "Virtual_Guest", "getObject", "--id=1", expected=1)
    assert "Unable to find object with id of '1'." in told
