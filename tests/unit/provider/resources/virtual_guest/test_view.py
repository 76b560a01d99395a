"""A guest's stages, costs, drift and import."""

from typing import Any

import pytest

from provider.resources.servers.installation import Installation
from provider.resources.virtual_guest.view import Stage, costs, drifted, imported, outputs, stage
from provider.values import Properties

READY: dict[str, Any] = {
    "id": 5,
    "hostname": "web-abcdefgh",
    "domain": "example.com",
    "provisionDate": "2026-01-01T00:00:00-06:00",
    "primaryIpAddress": "10.0.0.1",
    "primaryBackendIpAddress": "10.0.0.2",
    "billingItem": {"id": 9},
    "status": {"keyName": "ACTIVE"},
}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, Stage.IDLE),
        ({"activeTransaction": {"transactionStatus": {"name": "SERVICE_SETUP"}}}, Stage.BUSY),
        ({"activeTransaction": {"id": 3}}, Stage.BUSY),
        ({"provisionDate": None}, Stage.PROVISIONING),
        ({"provisionDate": None, "billingItem": None}, Stage.PROVISIONING),
        ({"primaryIpAddress": None}, Stage.PROVISIONING),
        ({"primaryIpAddress": None, "privateNetworkOnlyFlag": True}, Stage.IDLE),
        ({"billingItem": None}, Stage.LEAVING),
        ({"activeTransaction": {"transactionStatus": {"name": "RECLAIM_NETWORK"}}}, Stage.LEAVING),
        ({"activeTransaction": {"transactionStatus": {"name": "CLOUD_ISO_BOOT_TEAR_DOWN"}}}, Stage.LEAVING),
        (
            {"activeTransaction": {"transactionStatus": {"name": "CLOUD_INSTANCE_NETWORK_RECLAIM"}}},
            Stage.LEAVING,
        ),
    ],
)
def test_stages(changes: dict[str, Any], expected: Stage) -> None:
    assert stage({**READY, **changes}) is expected


def test_hourly_costs_add_up_and_make_a_month_of_730_hours() -> None:
    bill = {"hourlyRecurringFee": ".02", "recurringFee": "15", "children": [{"hourlyRecurringFee": "0.005"}]}
    assert costs({"billingItem": bill, "hourlyBillingFlag": True}) == (0.025, 18.25)


def test_monthly_costs() -> None:
    bill = {"hourlyRecurringFee": "0", "recurringFee": 15, "children": [{"recurringFee": "2.5"}]}
    assert costs({"billingItem": bill, "hourlyBillingFlag": False}) == (0.0, 17.5)


def test_drift_shows_what_can_be_changed_in_place_only() -> None:
    inputs: Properties = {
        "hostname": "web",
        "domain": "example.com",
        "tags": ["a"],
        "notes": "n",
        "networkSpeed": 100,
        "cpus": 2,
        "osCode": "UBUNTU_22_64",
    }
    live = {
        **READY,
        "hostname": "other-abcdefgh",
        "domain": "example.org",
        "tagReferences": [{"tag": {"name": "b"}}, {"tag": {"name": "order-delivered"}}],
        "primaryNetworkComponent": {"maxSpeed": 1000},
        "startCpus": 64,
        "operatingSystem": {
            "softwareLicense": {"softwareDescription": {"referenceCode": "UBUNTU_22_64_RENAMED"}}
        },
    }
    assert drifted(inputs, live, "abcdefgh") == {
        "hostname": "other",
        "domain": "example.org",
        "tags": ["b"],
        "notes": "",
        "networkSpeed": 1000,
        "cpus": 64,
        "osCode": "UBUNTU_22_64",
    }


def test_no_wish_no_drift() -> None:
    inputs = {"hostname": "web", "domain": "example.com"}
    live = {**READY, "notes": "by hand", "tagReferences": [{"tag": {"name": "b"}}]}
    assert drifted(inputs, live, "abcdefgh") == inputs


def test_import_finds_the_inputs_that_would_order_it() -> None:
    inputs = imported(
        {**READY, "startCpus": 2, "maxMemory": 4096, "datacenter": {"name": "dal05"}}, "abcdefgh"
    )
    assert inputs["hostname"] == "web"
    assert inputs["cpus"] == 2
    assert inputs["orderToken"] == "abcdefgh"
    assert "flavor" not in inputs
    assert "tags" not in inputs


def test_outputs_of_a_guest_that_has_hardly_begun() -> None:
    properties = outputs({"hostname": "web"}, {"id": 5}, "abcdefgh", Installation("5"))
    assert properties["guestId"] == 5
    assert properties["publicIp"] is None
    assert properties["orderToken"] == "abcdefgh"
