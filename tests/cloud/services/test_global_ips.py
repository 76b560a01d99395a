"""Global IPs: ordered both ways clients do, routed, re-routed, given back."""

from pathlib import Path
from typing import Any

import pytest
import SoftLayer

from harness.cloud.running_api import RunningApi, serve
from harness.waiting import until
from tests.support.cloud.ordering import is_deleted, ready, template
from tests.support.cloud.recorded_machines import RecordedMachines

SERVICE = "Network_Subnet_IpAddress_Global"
MASK = "mask[id,ipAddress[ipAddress,id,note,subnetId],destinationIpAddress[ipAddress]]"
WIRES = pytest.mark.parametrize("wire", ["xmlrpc", "rest"])


def _listed(client: SoftLayer.BaseClient, order_id: int) -> list[dict[str, Any]]:
    chosen = {"globalIpRecords": {"billingItem": {"orderItem": {"order": {"id": {"operation": order_id}}}}}}
    current: list[dict[str, Any]] = client.call("Account", "getGlobalIpRecords", filter=chosen, mask=MASK)
    return current


def _ordered(client: SoftLayer.BaseClient) -> dict[str, Any]:
    receipt = SoftLayer.NetworkManager(client).add_global_ip()
    (current,) = until(lambda: _listed(client, receipt["orderId"]), "the global IP")
    return current


def _address(client: SoftLayer.BaseClient, hostname: str = "web", **changes: object) -> str:
    guest_id = client.call("Virtual_Guest", "createObject", template(hostname, **changes))["id"]
    current = until(lambda: ready(client, guest_id), "ready")
    return str(current["primaryIpAddress"])


def _routed(client: SoftLayer.BaseClient, number: int, address: str | None) -> bool:
    current = client.call(SERVICE, "getObject", id=number, mask=f"{MASK[:-1]},activeTransaction]")
    target = current.get("destinationIpAddress", {}).get("ipAddress")
    return "activeTransaction" not in current and target == address


@WIRES
def test_ordered_as_terraform_orders_it(running_api: RunningApi, wire: str) -> None:
    client = running_api.client(wire)
    chosen = {"type": {"keyName": {"operation": "ADDITIONAL_SERVICES_GLOBAL_IP_ADDRESSES"}}}
    (package,) = client.call("Product_Package", "getAllObjects", filter=chosen, mask="mask[id]")
    (item,) = client.call("Product_Package", "getItems", id=package["id"], mask="mask[keyName,prices[id]]")
    assert item["keyName"] == "GLOBAL_IPV4"
    container = {
        "complexType": "SoftLayer_Container_Product_Order_Network_Subnet",
        "packageId": package["id"],
        "quantity": 1,
        "prices": [{"id": item["prices"][0]["id"]}],
    }
    verified = client.call("Product_Order", "verifyOrder", container)
    assert verified["postTaxRecurringMonthly"] == "20"
    receipt = client.call("Product_Order", "placeOrder", container)
    (current,) = until(lambda: _listed(client, receipt["orderId"]), "the global IP")
    assert _listed(client, receipt["orderId"] + 1) == []
    item_id = client.call(SERVICE, "getBillingItem", id=current["id"], mask="mask[id]")["id"]
    assert client.call("Billing_Item", "cancelService", id=item_id) is True
    until(lambda: client.call("Account", "getGlobalIpRecords") == [], "gone")


@WIRES
def test_routed_and_routed_again(running_api: RunningApi, wire: str) -> None:
    client = running_api.client(wire)
    number = _ordered(client)["id"]
    here, far = _address(client), _address(client, "far", datacenter={"name": "ams03"})
    assert client.call(SERVICE, "route", here, id=number) is True
    until(lambda: _routed(client, number, here), "routed")
    assert client.call(SERVICE, "route", here, id=number) is False
    subnet = client.call(SERVICE, "getObject", id=number, mask=MASK)["ipAddress"]["subnetId"]
    route = ("Network_Subnet", "route", "SoftLayer_Network_Subnet_IpAddress", far)
    assert client.call(*route, id=subnet) is True
    until(lambda: _routed(client, number, far), "routed again")
    assert client.call("Network_Subnet", "getObject", id=subnet)["networkIdentifier"]
    assert client.call("Network_Subnet", "clearRoute", id=subnet) is True
    until(lambda: _routed(client, number, None), "routed nowhere")
    assert client.call(SERVICE, "unroute", id=number) is False


def test_one_route_at_a_time(tmp_path: Path) -> None:
    with serve(tmp_path) as api:
        address, number = _address(api.client()), _ordered(api.client())["id"]
    with serve(tmp_path, speed="realistic") as api:
        client = api.client()
        assert client.call(SERVICE, "route", address, id=number) is True
        assert (
            client.call(SERVICE, "getActiveTransaction", id=number)["transactionStatus"]["name"]
            == "SUBNET_ROUTE"
        )
        with pytest.raises(SoftLayer.SoftLayerAPIError, match="is not ready"):
            client.call(SERVICE, "unroute", id=number)
    with serve(tmp_path) as api:
        until(lambda: _routed(api.client(), number, address), "routed after the restart")


@pytest.mark.parametrize("target", ["10.9.9.9", "nowhere", "4711", "::1"])
def test_only_servers_of_the_account_are_targets(running_api: RunningApi, target: str) -> None:
    client = running_api.client()
    number = _ordered(client)["id"]
    with pytest.raises(SoftLayer.SoftLayerAPIError):
        client.call(SERVICE, "route", target, id=number)
    assert _routed(client, number, None)


def test_a_note_is_kept(running_api: RunningApi) -> None:
    client = running_api.client()
    global_ip = _ordered(client)
    client.call("Network_Subnet_IpAddress", "editObject", {"note": "door"}, id=global_ip["ipAddress"]["id"])
    by_address = client.call(
        "Network_Subnet_IpAddress", "getByIpAddress", global_ip["ipAddress"]["ipAddress"]
    )
    assert by_address["note"] == "door"


def test_a_cancellation_may_wait_for_the_anniversary(running_api: RunningApi) -> None:
    client = running_api.client()
    number = _ordered(client)["id"]
    item = client.call(SERVICE, "getBillingItem", id=number)["id"]
    running_api.plan_fault("SoftLayer_Billing_Item::cancelService", "before_anniversary")
    with pytest.raises(SoftLayer.SoftLayerAPIError, match="choose your next billing anniversary date"):
        client.call("Billing_Item", "cancelService", id=item)
    assert client.call("Billing_Item", "cancelServiceOnAnniversaryDate", id=item) is True
    assert client.call(SERVICE, "getBillingItem", id=number)["cancellationDate"]
    assert [global_ip["id"] for global_ip in client.call("Account", "getGlobalIpRecords")] == [number]


def test_machines_get_routes_and_a_deleted_server_loses_its_route(tmp_path: Path) -> None:
    machines = RecordedMachines()
    with serve(tmp_path, machines=machines) as api:
        client = api.client()
        global_ip, address = _ordered(client), _address(client)
        own = global_ip["ipAddress"]["ipAddress"]
        client.call(SERVICE, "route", address, id=global_ip["id"])
        until(lambda: machines.routes.get(own) == address, "routed")
        until(lambda: _routed(client, global_ip["id"], address), "shown")
    machines.routes.clear()
    with serve(tmp_path, machines=machines) as api:
        client = api.client()
        until(lambda: machines.routes.get(own) == address, "routed after a restart")
        (guest,) = client.call("Account", "getVirtualGuests", mask="mask[id]")
        client.call("Virtual_Guest", "deleteObject", id=guest["id"])
        until(lambda: is_deleted(client, guest["id"]), "gone")
        assert machines.routes[own] is None
        assert _routed(client, global_ip["id"], None)
