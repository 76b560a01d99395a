"""softlayer-go, the library under Terraform's IBM provider, on both wires."""

from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest

from dev.engine import process
from harness.cloud.running_api import RunningApi, serve
from tests.cloud.api import go_client

wires = pytest.mark.parametrize("wire", ["xmlrpc", "rest"])


@wires
def test_a_servers_whole_life(running_api: RunningApi, tmp_path: Path, wire: str) -> None:
    outcome = go_client.run(running_api, wire, "life", tmp_path)
    assert outcome["key"]["fingerprint"]
    (ordered,) = outcome["receipt"]["orderDetails"]["virtualGuests"]
    assert outcome["tagged"] is True
    (listed,) = outcome["listed"]
    assert (listed["id"], listed["hostname"]) == (ordered["id"], "life")
    assert listed["provisionDate"]
    assert listed["powerState"] == {"keyName": "RUNNING"}
    assert [reference["tag"]["name"] for reference in listed["tagReferences"]] == ["red", "blue"]
    assert listed["billingItem"]["hourlyRecurringFee"] == pytest.approx(0.025)
    assert listed["datacenter"] == {"name": "dal13"}
    software = listed["operatingSystem"]["softwareLicense"]["softwareDescription"]
    assert software["referenceCode"] == "UBUNTU_22_64"
    assert outcome["pingable"] is True
    assert outcome["end"]["deleted"] is True
    assert outcome["end"]["removed"] is True
    assert outcome["end"]["fault"] == {
        # On XML-RPC every fault travels with 200; that is why Terraform runs over REST.
        "status": 404 if wire == "rest" else 200,
        "code": "SoftLayer_Exception_ObjectNotFound",
        "text": f"Unable to find object with id of '{listed['id']}'.",
    }


@wires
def test_a_transaction_under_way_is_read(tmp_path: Path, wire: str) -> None:
    with serve(tmp_path / "cloud", speed="realistic") as api:
        # Its end is not awaited: at this speed the sweep after a deletion takes twenty seconds.
        outcome = go_client.run(api, wire, "transaction", tmp_path)
    assert outcome["transaction"]["transactionStatus"]["name"] == "ASSIGN_HOST"
    assert outcome["transaction"]["transactionStatus"]["averageDuration"] == pytest.approx(0.35)
    assert outcome["transaction"]["guestId"] == outcome["id"]
    assert outcome["count"] == 1
    # Null is an empty text on XML-RPC, which the library reads as Go's zero date.
    assert outcome["guest"].get("provisionDate") == (None if wire == "rest" else "0001-01-01T00:00:00Z")


@wires
def test_terraforms_calls_for_a_virtual_server(running_api: RunningApi, tmp_path: Path, wire: str) -> None:
    outcome = go_client.run(running_api, wire, "terraform", tmp_path)
    read = outcome["read"]
    # What the provider dereferences without asking whether it is there.
    assert (read["hostname"], read["domain"], read["startCpus"], read["maxMemory"]) == (
        "terraform",
        "example.com",
        1,
        1024,
    )
    flags = ("dedicatedAccountHostOnlyFlag", "transientGuestFlag", "privateNetworkOnlyFlag", "localDiskFlag")
    assert [read[name] for name in flags] == [False] * 4
    assert read["hourlyBillingFlag"] is True
    assert read["status"]["name"] == "Active"
    for component, cidr in (("primaryNetworkComponent", 21), ("primaryBackendNetworkComponent", 22)):
        record = read[component]["primaryIpAddressRecord"]
        assert record["guestNetworkComponentBinding"]["ipAddressId"]
        network = ip_network(f"{record['subnet']['networkIdentifier']}/{record['subnet']['cidr']}")
        assert network.prefixlen == cidr
        assert ip_address(record["ipAddress"]) in network
        assert read[component]["networkVlan"]["id"]
    assert read["notes"] == "written by Terraform"
    assert [reference["tag"]["name"] for reference in read["tagReferences"]] == ["one", "two"]
    assert [entry["value"] for entry in read["userData"]] == ["data"]
    assert outcome["deleted"] is True
    assert outcome["fault"]["code"] == "SoftLayer_Exception_ObjectNotFound"
    assert running_api.orders_placed() == 1


@wires
def test_pages_filters_and_totals(running_api: RunningApi, tmp_path: Path, wire: str) -> None:
    outcome = go_client.run(running_api, wire, "paging", tmp_path)
    assert outcome["pages"] == [["page0", "page1", "page2"], ["page3", "page4", "page5"], ["page6"]]
    assert outcome["some"] == ["page1", "page4"]
    assert outcome["first"] == ["page0", "page1"]
    # The library reads the total on REST only.
    assert outcome["total"] == (7 if wire == "rest" else 0)


@wires
def test_faults(running_api: RunningApi, tmp_path: Path, wire: str) -> None:
    outcome = go_client.run(running_api, wire, "faults", tmp_path)
    expected = {
        "not found": (404, "SoftLayer_Exception_ObjectNotFound"),
        "bad mask": (500, "SoftLayer_Exception_WebService_ObjectMask"),
        "missing field": (500, "SoftLayer_Exception_MissingCreationProperty"),
        "no datacenter": (500, "SoftLayer_Exception_InvalidValue"),
        "bad order": (500, "SoftLayer_Exception_Order_MissingCategory"),
        "wrong key": (401, "SoftLayer_Exception_Public"),
    }
    if wire == "xmlrpc":
        expected = {name: (200, code) for name, (_, code) in expected.items()}
        expected["wrong key"] = (200, "SoftLayer_Exception_InvalidLegacyToken")
    assert {name: (fault["status"], fault["code"]) for name, fault in outcome.items()} == expected


def test_the_clients_sources_are_sound() -> None:
    assert go_client.go("vet", "./...") == (0, "")
    formatter = go_client.compiler().program.with_name("gofmt")
    assert process.run([str(formatter), "-l", str(go_client.SOURCE)]) == (0, "")
