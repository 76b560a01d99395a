"""Bare metal through the official client, on both wires: order, edit, reload, cancel."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import SoftLayer

from cloud.interfaces import CloudPaths
from cloud.provisioning.stages import HARDWARE_PROVISION
from cloud.state.records import BillingItem
from cloud.state.store import Store
from harness.cloud.running_api import RunningApi, serve
from harness.waiting import until
from tests.support.cloud.bare_metal_orders import PRESET, idle, is_deleted, ordered, template
from tests.support.cloud.changes import changed
from tests.support.cloud.ordering import Plain, public_key
from tests.support.cloud.recorded_machines import RecordedMachines


@pytest.fixture(params=["xmlrpc", "rest"])
def client(request: pytest.FixtureRequest, running_api: RunningApi) -> SoftLayer.BaseClient:
    return running_api.client(request.param)


def test_create_answers_no_id_and_is_found_by_its_global_identifier(client: SoftLayer.BaseClient) -> None:
    created = client.call("Hardware_Server", "createObject", template(userData=[{"value": "hello"}]))
    assert not created["id"]
    guid = created["globalIdentifier"]
    server = until(lambda: idle(client, guid), "the server is ready")
    assert server["hardwareStatus"]["status"] == "ACTIVE"
    assert server["primaryIpAddress"] != server["primaryBackendIpAddress"]
    mask = "mask[id,memoryCapacity,processorPhysicalCoreAmount,userData,hourlyBillingFlag,sshKeys]"
    detail = client.call("Hardware", "getObject", id=guid, mask=mask)
    assert (detail["id"], detail["memoryCapacity"], detail["processorPhysicalCoreAmount"]) == (
        server["id"],
        8,
        4,
    )
    assert [entry["value"] for entry in detail["userData"]] == ["hello"]
    assert detail["sshKeys"] == []


def test_manager_orders_by_containers_and_the_receipt_has_no_id(client: SoftLayer.BaseClient) -> None:
    manager = SoftLayer.HardwareManager(client)
    object_filter: dict[str, Any] = {
        "size": PRESET,
        "hostname": "metal",
        "domain": "example.com",
        "location": "dal13",
        "os": "UBUNTU_22_64",
        "port_speed": 1000,
        "hourly": False,
    }
    verified = manager.verify_order(**object_filter)
    monthly = sum(float(price["recurringFee"]) for price in verified["prices"])
    assert monthly == pytest.approx(float(verified["postTaxRecurringMonthly"]))
    assert monthly > 100
    receipt = manager.place_order(**object_filter)
    (server,) = receipt["orderDetails"]["hardware"]
    assert "id" not in server
    assert receipt["orderDetails"]["orderContainers"][0]["hardware"] == [server]
    current = until(lambda: idle(client, server["globalIdentifier"]), "the server is ready")
    assert manager.wait_for_ready(current["id"], limit=5, delay=1)


def test_a_flat_container_is_taken_too(client: SoftLayer.BaseClient) -> None:
    flat = client.call("Hardware_Server", "generateOrderTemplate", template(hourlyBillingFlag=False))
    assert client.call("Product_Order", "verifyOrder", flat)["useHourlyPricing"] is False
    receipt = client.call("Product_Order", "placeOrder", flat)
    assert receipt["orderDetails"]["hardware"][0]["hostname"] == "metal"


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"hostname": None}, "MissingCreationProperty", "'hostname' must be set to create"),
        ({"fixedConfigurationPreset": {"keyName": "NONE"}}, "InvalidValue", "fixedConfigurationPreset"),
        ({"fixedConfigurationPreset": None}, "MissingCreationProperty", "processorCoreAmount"),
        ({"datacenter": {"name": "xyz01"}}, "InvalidValue", "datacenter.name"),
        (
            {"fixedConfigurationPreset": {"keyName": "D6248_384GB_2X1920GBSSD_RAID_1"}},
            "Order_InvalidData",
            "not valid for hourly billing",
        ),
    ],
)
def test_refused_templates(running_api: RunningApi, changes: Plain, code: str, words: str) -> None:
    with pytest.raises(SoftLayer.SoftLayerAPIError, match=words) as raised:
        running_api.client().call("Hardware_Server", "createObject", template(**changes))
    assert raised.value.faultCode == f"SoftLayer_Exception_{code}"
    assert running_api.orders_placed() == 0


def test_an_order_without_hostname_or_preset_is_refused(running_api: RunningApi) -> None:
    client = running_api.client()
    flat = client.call("Hardware_Server", "generateOrderTemplate", template())
    for changes, words in (
        ({"hardware": []}, "property: hardware. Hostname and domain are not set properly"),
        ({"presetId": 1}, "preset # 1 is not valid"),
        ({"presetId": None}, "missing the following category: Server"),
        ({"location": "nowhere"}, "location provided for this order is invalid"),
    ):
        with pytest.raises(SoftLayer.SoftLayerAPIError, match=words):
            client.call("Product_Order", "placeOrder", {**flat, **changes})
    assert running_api.orders_placed() == 0


def test_edit_tags_metadata_and_speed(client: SoftLayer.BaseClient) -> None:
    number = ordered(client)["id"]
    manager = SoftLayer.HardwareManager(client)
    assert manager.edit(number, hostname="other", notes="a note", tags="red,blue", userdata="data")
    manager.change_port_speed(number, True, 1000)
    mask = "mask[hostname,notes,tagReferences[tag[name]],userData[value],primaryNetworkComponent[maxSpeed]]"
    current = client.call("Hardware_Server", "getObject", id=number, mask=mask)
    assert (current["hostname"], current["notes"]) == ("other", "a note")
    assert [reference["tag"]["name"] for reference in current["tagReferences"]] == ["red", "blue"]
    assert current["userData"] == [{"value": "data"}]
    assert current["primaryNetworkComponent"] == {"maxSpeed": 1000}
    assert [row["id"] for row in manager.list_hardware(tags=["red"], datacenter="dal13")] == [number]
    assert list(manager.list_hardware(tags=["green"])) == []


def test_reload_installs_another_system_and_keeps_the_server(client: SoftLayer.BaseClient) -> None:
    before = ordered(client, hourlyBillingFlag=False)
    items = client.call("Product_Package", "getItems", id=200, mask="mask[softwareDescription,prices[id]]")
    price = next(
        item["prices"][0]["id"]
        for item in items
        if item.get("softwareDescription", {}).get("referenceCode") == "DEBIAN_12_64"
    )
    configuration = {"itemPrices": [{"id": price}], "customProvisionScriptUri": "https://example.com/run"}
    with changed(client, before["id"], "Hardware_Server"):
        answer = client.call(
            "Hardware_Server", "reloadOperatingSystem", "FORCE", configuration, id=before["id"]
        )
        assert answer == "OK"
    after = until(lambda: idle(client, before["globalIdentifier"]), "the server is ready")
    assert after["operatingSystemReferenceCode"] == "DEBIAN_12_64"
    assert (after["id"], after["primaryIpAddress"]) == (before["id"], before["primaryIpAddress"])
    assert after["lastOperatingSystemReload"]["id"] > 0
    assert "lastOperatingSystemReload" not in before


def test_a_reload_asks_for_force(client: SoftLayer.BaseClient) -> None:
    number = ordered(client)["id"]
    with pytest.raises(SoftLayer.SoftLayerAPIError, match="FORCE"):
        client.call("Hardware_Server", "reloadOperatingSystem", "", {}, id=number)


def test_hourly_goes_at_once_and_its_ticket_can_be_read(client: SoftLayer.BaseClient) -> None:
    server = ordered(client)
    assert SoftLayer.HardwareManager(client).cancel_hardware(server["id"], immediate=True)
    until(lambda: is_deleted(client, server["id"]), "the server is gone")
    assert client.call("Account", "getOpenTickets") == []


def test_monthly_goes_at_its_anniversary_and_no_earlier(client: SoftLayer.BaseClient) -> None:
    server = ordered(client, hourlyBillingFlag=False)
    bill = server["billingItem"]["id"]
    with pytest.raises(SoftLayer.SoftLayerAPIError, match="cannot cancel the selected billing items immedi"):
        client.call("Billing_Item", "cancelItem", True, False, "No longer needed", "", id=bill)
    with pytest.raises(SoftLayer.SoftLayerAPIError, match="use cancelItem"):
        client.call("Billing_Item", "cancelService", id=bill)
    with pytest.raises(SoftLayer.SoftLayerAPIError, match="immediately"):
        client.call("Hardware_Server", "deleteObject", id=server["id"])
    assert SoftLayer.HardwareManager(client).cancel_hardware(server["id"], immediate=True)
    after = until(lambda: idle(client, server["globalIdentifier"]), "the server is still there")
    assert after["billingItem"]["cancellationDate"] == server["billingItem"]["nextBillDate"]
    ticket = after["openCancellationTicket"]["id"]
    updates = client.call("Ticket", "getUpdates", id=ticket)
    assert "reclaim this server ASAP" in updates[-1]["entry"]
    with pytest.raises(
        SoftLayer.SoftLayerAPIError,
        match=f"A cancellation ticket already exists for this server. Please refer to ticket {ticket}.",
    ):
        client.call("Billing_Item", "cancelItem", False, False, "", "", id=bill)


@pytest.fixture
def slow_api(tmp_path: Path) -> Iterator[RunningApi]:
    with serve(tmp_path / "cloud", speed="measured") as api:
        yield api


def test_nothing_but_waiting_helps_a_server_in_a_transaction(slow_api: RunningApi) -> None:
    client = slow_api.client()
    guid = client.call("Hardware_Server", "createObject", template())["globalIdentifier"]
    mask = "mask[id,provisionDate,hardwareStatus[status],activeTransaction[transactionStatus],billingItem]"
    server = client.call("Hardware_Server", "getObject", id=guid, mask=mask)
    assert not server["provisionDate"]
    assert server["hardwareStatus"]["status"] == "DEPLOY"
    assert server["activeTransaction"]["transactionStatus"]["name"] == "ASSIGN_HARDWARE"
    for service, method, number, arguments in (
        ("Billing_Item", "cancelItem", server["billingItem"]["id"], (True, False, "", "")),
        ("Hardware_Server", "reloadOperatingSystem", server["id"], ("FORCE", {})),
        ("Hardware_Server", "powerOff", server["id"], ()),
    ):
        with pytest.raises(SoftLayer.SoftLayerAPIError, match="outstanding transaction"):
            client.call(service, method, *arguments, id=number)


def _bring_forward(state_dir: Path, billing_id: int) -> None:
    """Make a scheduled cancellation due, in the books of a cloud that does not run."""
    store = Store(CloudPaths(state_dir).database)
    store.change(BillingItem, billing_id, lambda item: replace(item, cancelled=item.created))
    store.close()


def test_state_survives_and_a_due_cancellation_is_carried_out(tmp_path: Path) -> None:
    with serve(tmp_path / "cloud") as api:
        client = api.client()
        server = ordered(client, hourlyBillingFlag=False)
        client.call("Billing_Item", "cancelItem", False, False, "", "", id=server["billingItem"]["id"])
    _bring_forward(tmp_path / "cloud", server["billingItem"]["id"])
    with serve(tmp_path / "cloud") as api:
        client = api.client()
        until(lambda: is_deleted(client, server["id"]), "the server went on its day")
        assert client.call("Account", "getHardware") == []


def test_a_real_machine_is_started_reinstalled_and_destroyed(tmp_path: Path) -> None:
    machines = RecordedMachines()
    with serve(tmp_path / "cloud", machines=machines) as api:
        client = api.client()
        key = client.call("Security_Ssh_Key", "createObject", {"label": "one", "key": public_key()})
        server = ordered(client, sshKeys=[{"id": key["id"]}])
        (spec,) = machines.started
        assert (spec.identifier, spec.ssh_public_keys) == (server["id"], (key["key"],))
        with changed(client, server["id"], "Hardware_Server"):
            client.call("Hardware_Server", "reloadOperatingSystem", "FORCE", {}, id=server["id"])
        assert [spec.public_ip for spec in machines.reinstalled] == [spec.public_ip]
        client.call("Hardware_Server", "powerOff", id=server["id"])
        assert server["id"] not in machines.on
        client.call("Hardware_Server", "deleteObject", id=server["id"])
        until(lambda: is_deleted(client, server["id"]), "the server is gone")
        assert machines.destroyed == [server["id"]]


def test_a_transaction_is_stuck_until_it_is_released(running_api: RunningApi) -> None:
    client = running_api.client()
    running_api.hinder(HARDWARE_PROVISION[1].name)
    server_id = client.call("Hardware", "createObject", template())["globalIdentifier"]

    def stuck() -> bool:
        current = client.call("Hardware", "getActiveTransaction", id=server_id)
        return bool(current) and current["transactionStatus"]["name"] == HARDWARE_PROVISION[1].name

    until(stuck, "stuck")
    assert idle(client, server_id) is None
    running_api.release()
    until(lambda: idle(client, server_id), "it goes on")
