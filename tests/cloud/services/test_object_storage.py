"""Object storage accounts, from order to cancelled."""

from pathlib import Path
from typing import Any

import pytest
import SoftLayer

from harness.cloud.running_api import RunningApi, serve
from harness.waiting import until
from tests.support.cloud.recorded_machines import RecordedStorage

ORDER = {
    "complexType": "SoftLayer_Container_Product_Order",
    "packageId": 0,
    "quantity": 1,
    "prices": [{"id": 30920}],
    "location": "ams03",
}
MASK = (
    "mask[id,username,password,vendorName,credentials[username,password],billingItem.id,"
    "serviceResource.datacenter.name]"
)


def _complete(client: SoftLayer.BaseClient, receipt: dict[str, Any]) -> bool:
    item = client.call(
        "Billing_Order_Item",
        "getObject",
        id=receipt["placedOrder"]["items"][0]["id"],
        mask="mask[billingItem[id,provisionTransaction[id,transactionStatus[name]]]]",
    )
    status: str = item["billingItem"]["provisionTransaction"]["transactionStatus"]["name"]
    return status == "COMPLETE"


@pytest.mark.parametrize("wire", ["xmlrpc", "rest"])
def test_an_account_as_terraform_orders_it(tmp_path: Path, wire: str) -> None:
    storage = RecordedStorage()
    with serve(tmp_path, object_storage=storage) as api:
        client = api.client(wire)
        receipt = client.call("Product_Order", "placeOrder", ORDER)
        until(lambda: _complete(client, receipt), "complete")
        (current,) = client.call("Account", "getHubNetworkStorage", mask=MASK)
        assert (current["username"], current["password"], current["vendorName"]) == (
            "SLOS12345-1",
            "swift-key",
            "Swift",
        )
        login = {"username": "SLOS12345-1:SL12345", "password": "swift-key"}
        assert current["credentials"] == [login]
        assert current["serviceResource"]["datacenter"] == {"name": "ams03"}
        chosen = {"networkStorage": {"billingItem": {"id": {"operation": current["billingItem"]["id"]}}}}
        assert [storage["id"] for storage in client.call("Account", "getNetworkStorage", filter=chosen)] == [
            current["id"]
        ]
        (place,) = client.call("Network_Storage", "getObjectStorageConnectionInformation", id=current["id"])
        assert place["datacenterShortName"] == "ams03"
        assert place["publicEndpoint"] == storage.auth_url("ams03")
        assert (
            client.call("Billing_Item", "cancelItem", True, True, "", "", id=current["billingItem"]["id"])
            is True
        )
        until(lambda: client.call("Account", "getHubNetworkStorage") == [], "gone")
        assert storage.accounts == {}


def test_its_users_get_other_keys_and_others_come(tmp_path: Path) -> None:
    storage = RecordedStorage()
    with serve(tmp_path, object_storage=storage) as api:
        client = api.client()
        receipt = client.call("Product_Order", "placeOrder", ORDER)
        until(lambda: _complete(client, receipt), "complete")
        (current,) = client.call("Account", "getHubNetworkStorage", mask=MASK)
        identifier, login = current["id"], current["credentials"][0]["username"]
        added = client.call("Network_Storage", "assignNewCredential", "swift", id=identifier)
        assert added["username"] == f"{login}-2"
        for user, key in ((login, "another"), (added["username"], "a third")):
            assert client.call("Network_Storage", "editCredential", user, key, id=identifier) is True
        (changed,) = client.call("Account", "getHubNetworkStorage", mask=MASK)
        assert changed["password"] == "another"
        assert changed["credentials"] == [
            {"username": login, "password": "another"},
            {"username": f"{login}-2", "password": "a third"},
        ]
        assert storage.changed_keys == {
            ("SLOS12345-1", "SL12345"): "another", ("SLOS12345-1", "SL12345-2"): "a third",
        }  # fmt: skip
        with pytest.raises(SoftLayer.SoftLayerAPIError, match="username"):
            client.call("Network_Storage", "editCredential", "SLOS1-9:SL1", "key", id=identifier)


def test_accounts_are_numbered_and_separate(running_api: RunningApi) -> None:
    client = running_api.client()
    for place in ("ams03", "dal05"):
        client.call("Product_Order", "placeOrder", {**ORDER, "location": place})
    names = [storage["username"] for storage in client.call("Account", "getHubNetworkStorage")]
    assert names == ["SLOS12345-1", "SLOS12345-2"]
    locations = client.call("Network_Storage", "getObjectStorageConnectionInformation")
    assert {place["datacenterShortName"] for place in locations} == {"ams03", "dal05"}
    assert locations[0]["publicEndpoint"] == "https://ams03.objectstorage.softlayer.net/auth/v1.0"


def test_an_account_has_no_login_before_its_swift_has_it(tmp_path: Path) -> None:
    with serve(tmp_path, object_storage=RecordedStorage(refuse=True)) as api:
        client = api.client()
        receipt = client.call("Product_Order", "placeOrder", ORDER)
        (current,) = client.call("Account", "getHubNetworkStorage", mask=MASK)
        assert current["credentials"] == []
        assert not _complete(client, receipt)
    with serve(tmp_path, object_storage=RecordedStorage()) as api:
        until(lambda: _complete(api.client(), receipt), "complete after the restart")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"prices": []}, "SoftLayer_Exception_Order_MissingCategory"),
        ({"prices": [{"id": 1}]}, "SoftLayer_Exception_Order_InvalidData"),
        ({"location": "xyz99"}, "SoftLayer_Exception_Order_InvalidLocation"),
        ({"packageId": 4711}, "SoftLayer_Exception_Order_InvalidData"),
        ({"quantity": 3}, "SoftLayer_Exception_Order_InvalidData"),
    ],
)
def test_orders_that_do_not_add_up(running_api: RunningApi, change: dict[str, Any], code: str) -> None:
    with pytest.raises(SoftLayer.SoftLayerAPIError) as raised:
        running_api.client().call("Product_Order", "placeOrder", {**ORDER, **change})
    assert raised.value.faultCode == code
    assert running_api.orders_placed() == 0
