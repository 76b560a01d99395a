"""A bare metal server's whole life over real gRPC and real HTTP."""

import pytest

from harness.cloud.running_api import RunningApi
from harness.provider.plugin import CallError, Plugin, UnfinishedCallError
from harness.provider.server_inputs import DB, METAL
from provider.values import Properties
from tests.provider.account_servers import servers


def test_an_hourly_server_is_made_edited_and_deleted(api: RunningApi, softlayer: Plugin) -> None:
    identifier, inputs, outputs = softlayer.make(METAL, DB)
    (server,) = servers(api)
    assert identifier == outputs["globalIdentifier"] == server["globalIdentifier"]
    assert outputs["hardwareId"] == server["id"]
    assert server["hostname"] == f"db-{inputs['orderToken']}"
    assert server["notes"] == "the first"
    assert outputs["monthlyCost"] == pytest.approx(float(str(outputs["hourlyCost"])) * 730)
    assert softlayer.read(METAL, identifier, inputs, outputs) == (identifier, inputs, outputs)

    news = softlayer.check(METAL, {**DB, "notes": "changed", "tags": ["x"]}, inputs)
    updated = softlayer.update(METAL, identifier, inputs, outputs, news)
    (server,) = servers(api)
    assert server["notes"] == "changed"
    assert [tag["tag"]["name"] for tag in server["tagReferences"]] == ["x"]
    assert "lastOperatingSystemReload" not in server
    softlayer.next_command()
    softlayer.delete(METAL, identifier, news, updated)
    assert servers(api) == []
    softlayer.delete(METAL, identifier, news, updated)
    assert softlayer.read(METAL, identifier, news, updated)[0] == ""
    assert api.orders_placed() == 1


def test_a_server_is_ordered_on_the_vlan_that_is_named(api: RunningApi, softlayer: Plugin) -> None:
    """The second private one, which nobody gets unasked."""
    vlans = api.client().call("Account", "getPrivateNetworkVlans", mask="mask[id,fullyQualifiedName]")
    chosen = next(vlan["id"] for vlan in vlans if vlan["fullyQualifiedName"].startswith("dal13.bcr01a.1003"))
    softlayer.make(METAL, {**DB, "privateVlanId": chosen})
    mask = "mask[id,primaryBackendNetworkComponent[networkVlan[id]]]"
    (server,) = api.client().call("Account", "getHardware", mask=mask)
    assert server["primaryBackendNetworkComponent"]["networkVlan"]["id"] == chosen


def test_an_import_by_number_gives_the_global_identifier(api: RunningApi, softlayer: Plugin) -> None:
    identifier, _, outputs = softlayer.make(METAL, {**DB, "hourly": False})
    with pytest.raises(UnfinishedCallError, match="host key") as raised:
        softlayer.read(METAL, str(outputs["hardwareId"]), {}, {})
    unfinished = raised.value.error
    assert unfinished.identifier == identifier
    values = [unfinished.outputs[name] for name in ("preset", "osCode", "hourly")]
    assert values == [DB["preset"], DB["osCode"], False]


@pytest.mark.parametrize("fault", ["timeout_after_accept", "reset_after_accept", "error_500_after"])
def test_an_order_whose_answer_is_lost_is_found(api: RunningApi, softlayer: Plugin, fault: str) -> None:
    api.plan_fault("SoftLayer_Hardware_Server::createObject", fault, seconds=12)
    softlayer.make(METAL, DB)
    assert len(servers(api)) == api.orders_placed() == 1


@pytest.mark.parametrize("fault", [None, "reset_after_accept", "error_500_after"])
def test_a_monthly_server_is_reloaded_once_never_replaced(
    api: RunningApi, softlayer: Plugin, fault: str | None
) -> None:
    identifier, inputs, outputs = softlayer.make(METAL, {**DB, "hourly": False})
    system: Properties = {**DB, "hourly": False, "osCode": "DEBIAN_12_64"}
    with pytest.raises(AssertionError, match="what is on its disks is lost; set systemChange to reload"):
        softlayer.check(METAL, system, inputs)
    news = softlayer.check(METAL, {**system, "systemChange": "reload"}, inputs)
    changed = softlayer.diff(METAL, identifier, inputs, outputs, news)
    assert list(changed.diffs) == ["osCode", "systemChange"]
    assert list(changed.replaces) == []
    if fault:
        api.plan_fault("SoftLayer_Hardware_Server::reloadOperatingSystem", fault)
    softlayer.update(METAL, identifier, inputs, outputs, news)
    (server,) = servers(api)
    assert server["globalIdentifier"] == identifier
    assert server["operatingSystemReferenceCode"] == "DEBIAN_12_64"
    assert api.calls()["SoftLayer_Hardware_Server::reloadOperatingSystem"] == 1


def test_an_hourly_server_is_replaced_unless_set_to_reload(softlayer: Plugin) -> None:
    identifier, inputs, outputs = softlayer.make(METAL, DB)
    desired = {**DB, "osCode": "DEBIAN_12_64"}
    news = softlayer.check(METAL, desired, inputs)
    assert list(softlayer.diff(METAL, identifier, inputs, outputs, news).replaces) == ["osCode"]
    news = softlayer.check(METAL, {**desired, "systemChange": "reload"}, inputs)
    assert list(softlayer.diff(METAL, identifier, inputs, outputs, news).replaces) == []


def test_a_monthly_server_goes_only_with_a_word_and_then_at_its_anniversary(
    api: RunningApi, softlayer: Plugin
) -> None:
    identifier, inputs, outputs = softlayer.make(METAL, {**DB, "hourly": False})
    assert outputs["paidUntil"]
    with pytest.raises(CallError, match="billed by the month and paid until"):
        softlayer.delete(METAL, identifier, inputs, outputs)
    assert "cancellationDate" not in outputs

    news = softlayer.check(METAL, {**DB, "hourly": False, "cancellation": "anniversary"}, inputs)
    updated = softlayer.update(METAL, identifier, inputs, outputs, news)
    softlayer.next_command()
    softlayer.delete(METAL, identifier, news, updated)
    (server,) = servers(api)
    assert server["billingItem"]["cancellationDate"] == outputs["paidUntil"]
    refreshed = softlayer.read(METAL, identifier, news, updated)[2]
    assert refreshed["cancellationDate"] == outputs["paidUntil"]
    assert refreshed["cancellationTicketId"]
    softlayer.delete(METAL, identifier, news, refreshed)


def test_what_the_cloud_does_not_offer_is_refused_by_property(api: RunningApi, softlayer: Plugin) -> None:
    inputs = softlayer.check(METAL, {**DB, "preset": "NONE"})
    with pytest.raises(CallError, match="preset: SoftLayer refuses"):
        softlayer.create(METAL, inputs)
    assert api.orders_placed() == 0
