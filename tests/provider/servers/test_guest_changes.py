"""Changes of a server in place over real gRPC and HTTP: upgrades, reloads, where it is ordered to."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pulumi.runtime.proto import provider_pb2

from harness.cloud.running_api import RunningApi, serve
from harness.provider.plugin import GUEST, CallError, Plugin, UnfinishedCallError, configuration, plugin
from harness.provider.server_inputs import WEB
from provider.values import UNKNOWN, Properties
from tests.support.cloud.changes import changed
from tests.support.cloud.ordering import public_key
from tests.support.cloud.recorded_machines import RecordedMachines

MASK = (
    "mask[id,startCpus,maxMemory,primaryIpAddress,blockDevices[device,diskImage.capacity],placementGroupId,"
    "operatingSystemReferenceCode,primaryBackendNetworkComponent.networkVlan.id,userData,"
    "billingItem[id,orderItem.preset.keyName],lastOperatingSystemReload.id,activeTransaction.id]"
)


@dataclass(frozen=True)
class Server:
    """A server as the engine holds it."""

    api: RunningApi
    plugin: Plugin
    identifier: str
    inputs: Properties
    outputs: Properties

    def wished(self, **changes: Any) -> Properties:  # noqa: ANN401 - any property's value
        return self.plugin.check(GUEST, {**self.inputs, **changes}, self.inputs)

    def updated(self, news: Properties) -> Properties:
        """As the engine does: Diff, which must not replace, then Update."""
        answer = self.plugin.diff(GUEST, self.identifier, self.inputs, self.outputs, news)
        assert answer.changes == provider_pb2.DiffResponse.DIFF_SOME
        assert not answer.replaces
        return self.plugin.update(GUEST, self.identifier, self.inputs, self.outputs, news)

    def live(self) -> dict[str, Any]:
        guest: dict[str, Any] = self.api.client().call(
            "Virtual_Guest", "getObject", id=int(self.identifier), mask=MASK
        )
        return guest


def server(api: RunningApi, softlayer: Plugin, **changes: Any) -> Server:  # noqa: ANN401 - as `wished`
    return Server(api, softlayer, *softlayer.make(GUEST, {**WEB, **changes}))


@pytest.fixture
def machines() -> RecordedMachines:
    return RecordedMachines()


@pytest.fixture
def api(tmp_path: Path, machines: RecordedMachines) -> Iterator[RunningApi]:
    with serve(tmp_path / "cloud", machines=machines) as running:
        yield running


def test_cpus_memory_and_disks_are_upgraded_in_place(
    api: RunningApi, softlayer: Plugin, machines: RecordedMachines
) -> None:
    web = server(api, softlayer, disks=[25, 100])
    address = web.outputs["publicIp"]
    news = web.wished(cpus=4, memory=8192, disks=[25, 200, 10], tags=["bigger"])
    outputs = web.updated(news)
    live = web.live()
    assert (live["startCpus"], live["maxMemory"], live["primaryIpAddress"]) == (4, 8192, address)
    assert [block_device["diskImage"]["capacity"] for block_device in live["blockDevices"]] == [
        25,
        2,
        200,
        10,
    ]
    assert machines.started[-1].memory_mb == 8192
    assert machines.destroyed == []
    assert isinstance(outputs["hourlyCost"], float)
    assert isinstance(web.outputs["hourlyCost"], float)
    assert outputs["hourlyCost"] > web.outputs["hourlyCost"]
    assert api.orders_placed() == 2
    assert softlayer.read(GUEST, web.identifier, news, outputs) == (web.identifier, news, outputs)
    assert softlayer.diff(GUEST, "5", news, outputs, news).changes == provider_pb2.DiffResponse.DIFF_NONE


def test_a_flavor_is_upgraded_in_place(api: RunningApi, softlayer: Plugin) -> None:
    web = server(api, softlayer, flavor="B1_1X2X25", cpus=None, memory=None)
    web.updated(web.wished(flavor="B1_4X8X25"))
    live = web.live()
    assert live["startCpus"] == 4
    assert live["billingItem"]["orderItem"]["preset"]["keyName"] == "B1_4X8X25"


def test_a_size_that_is_not_on_offer_changes_nothing(api: RunningApi, softlayer: Plugin) -> None:
    web = server(api, softlayer)
    with pytest.raises(CallError, match=r"cpus: server \d+ cannot be upgraded to 5; on offer are 1, 2, 3, 4"):
        web.updated(web.wished(cpus=5))
    assert api.orders_placed() == 1


def test_an_upgrade_whose_answer_is_lost_is_ordered_once(api: RunningApi, softlayer: Plugin) -> None:
    web = server(api, softlayer)
    api.plan_fault("SoftLayer_Product_Order::placeOrder", "reset_after_accept")
    web.updated(web.wished(cpus=4))
    assert web.live()["startCpus"] == 4
    assert api.orders_placed() == 2


def test_an_interrupted_upgrade_is_waited_for_by_the_next_update(
    machines: RecordedMachines, tmp_path: Path
) -> None:
    with serve(tmp_path / "cloud", machines=machines) as api, plugin({}, tmp_path / "state") as running:
        running.configure(configuration(api))
        web = server(api, running)
        machines.refuse.add("start")
        news = web.wished(memory=8192)
        with pytest.raises(UnfinishedCallError) as caught:
            running.update(GUEST, web.identifier, web.inputs, web.outputs, news, timeout=3)
        unfinished = caught.value.error
        assert unfinished.outputs["memory"] == 4096, "the state tells what is there, not what was wished"
    machines.refuse.clear()
    with serve(tmp_path / "cloud", machines=machines) as api, plugin({}, tmp_path / "state") as running:
        running.configure(configuration(api))
        outputs = running.update(GUEST, web.identifier, news, unfinished.outputs, news)
        assert outputs["memory"] == 8192
        assert api.orders_placed() == 2


def test_drift_of_a_size_is_shown_and_undone(api: RunningApi, softlayer: Plugin) -> None:
    web = server(api, softlayer)
    bigger = web.wished(cpus=4)
    outputs = web.updated(bigger)
    _, inputs, refreshed = softlayer.read(GUEST, web.identifier, web.inputs, web.outputs)
    assert (inputs["cpus"], outputs["cpus"]) == (4, 4)
    softlayer.update(GUEST, web.identifier, inputs, refreshed, web.inputs)
    assert web.live()["startCpus"] == 2


def test_a_preview_of_an_upgrade_and_of_a_reload(softlayer: Plugin) -> None:
    inputs = softlayer.check(GUEST, {**WEB, "probeSsh": True, "reloadOnChange": True})
    outputs = {**inputs, "sshHostKey": "ssh-ed25519 AAAA", "hourlyCost": 0.1, "monthlyCost": 73.0}
    handler_news = softlayer.check(GUEST, {**inputs, "cpus": UNKNOWN}, inputs)
    previewed = softlayer.update(GUEST, "5", inputs, outputs, handler_news, preview=True)
    assert (previewed["hourlyCost"], previewed["sshHostKey"]) == (UNKNOWN, "ssh-ed25519 AAAA")
    handler_news = softlayer.check(GUEST, {**inputs, "osCode": UNKNOWN}, inputs)
    previewed = softlayer.update(GUEST, "5", inputs, outputs, handler_news, preview=True)
    assert previewed["sshHostKey"] is UNKNOWN


def test_a_reload_installs_what_changed_on_the_same_server(
    api: RunningApi, softlayer: Plugin, machines: RecordedMachines
) -> None:
    web = server(api, softlayer, reloadOnChange=True, userData="first")
    key = api.client().call("Security_Ssh_Key", "createObject", {"label": "k", "key": public_key()})
    news = web.wished(
        osCode="DEBIAN_12_64",
        sshKeyIds=[key["id"]],
        userData="second",
        postInstallScriptUri="https://example.com/x",
    )
    outputs = web.updated(news)
    live = web.live()
    assert (live["operatingSystemReferenceCode"], live["userData"]) == ("DEBIAN_12_64", [{"value": "second"}])
    (spec,) = machines.reinstalled
    assert (spec.os_code, spec.user_data, spec.ssh_public_keys) == ("DEBIAN_12_64", "second", (key["key"],))
    assert machines.scripts == [(int(web.identifier), "https://example.com/x")]
    assert machines.destroyed == []
    assert api.orders_placed() == 1
    assert softlayer.read(GUEST, web.identifier, news, outputs) == (web.identifier, news, outputs)
    again = softlayer.check(GUEST, {**news, "notes": "other"}, news)
    softlayer.update(GUEST, web.identifier, news, outputs, again)
    assert len(machines.reinstalled) == 1, "an edit reloads nothing"


def test_without_a_word_of_the_program_nothing_is_reloaded(api: RunningApi, softlayer: Plugin) -> None:
    web = server(api, softlayer)
    answer = softlayer.diff(GUEST, "5", web.inputs, web.outputs, web.wished(osCode="DEBIAN_12_64"))
    assert list(answer.replaces) == ["osCode"]


def test_a_reload_whose_answer_is_lost_happens_once(
    api: RunningApi, softlayer: Plugin, machines: RecordedMachines
) -> None:
    web = server(api, softlayer, reloadOnChange=True)
    api.plan_fault("SoftLayer_Virtual_Guest::reloadOperatingSystem", "reset_after_accept")
    web.updated(web.wished(osCode="DEBIAN_12_64"))
    assert len(machines.reinstalled) == 1


def test_a_reload_that_was_not_begun_is_begun_by_the_next_update(
    api: RunningApi, softlayer: Plugin, machines: RecordedMachines
) -> None:
    web = server(api, softlayer, reloadOnChange=True)
    news = web.wished(osCode="DEBIAN_12_64")
    api.plan_fault("SoftLayer_Virtual_Guest::reloadOperatingSystem", "reset_before_accept")
    with pytest.raises(CallError, match="was not asked for again"):
        web.updated(news)
    assert machines.reinstalled == []
    assert web.updated(news)["osCode"] == "DEBIAN_12_64"
    assert len(machines.reinstalled) == 1


def test_a_reload_in_the_portal_is_another_installation(api: RunningApi, softlayer: Plugin) -> None:
    web = server(api, softlayer)
    assert web.outputs["installation"] == web.identifier
    client = api.client()
    with changed(client, int(web.identifier)):
        client.call("Virtual_Guest", "reloadOperatingSystem", "FORCE", {}, id=int(web.identifier))
    _, inputs, outputs = softlayer.read(GUEST, web.identifier, web.inputs, web.outputs)
    assert str(outputs["installation"]).startswith(f"{web.identifier}@20")
    assert {**outputs, "installation": web.identifier} == web.outputs
    edited = softlayer.update(GUEST, web.identifier, inputs, outputs, web.wished(notes="later"))
    assert edited["installation"] == outputs["installation"], "an edit is no other installation"
    pinned = {**web.inputs, "probeSsh": True}
    with pytest.raises(UnfinishedCallError, match=r"was reloaded.*--accept-host-key SERVER") as raised:
        softlayer.read(GUEST, web.identifier, pinned, {**web.outputs, "sshHostKey": "ssh-ed25519 FIRST"})
    assert "sshHostKey" not in raised.value.error.outputs


def test_a_cancellation_in_the_portal_is_an_output(api: RunningApi, softlayer: Plugin) -> None:
    web = server(api, softlayer, hourly=False)
    assert "cancellationDate" not in web.outputs
    bill = web.live()["billingItem"]
    api.client().call("Billing_Item", "cancelServiceOnAnniversaryDate", id=bill["id"])
    _, _, outputs = softlayer.read(GUEST, web.identifier, web.inputs, web.outputs)
    assert str(outputs["cancellationDate"]).startswith("20")


def test_vlans_and_placement_group_are_ordered_and_imported(api: RunningApi, softlayer: Plugin) -> None:
    client = api.client()
    mask, chosen = "mask[id,vlanNumber]", {"networkVlans": {"datacenter": {"name": {"operation": "dal05"}}}}
    vlans = client.call("Account", "getNetworkVlans", mask=mask, filter=chosen)
    vlan = next(vlan["id"] for vlan in vlans if vlan["vlanNumber"] == 1003)
    router = 138124 * 10 + 1
    desired = {"name": "apart", "backendRouterId": router, "ruleId": 1}
    group = client.call("Virtual_PlacementGroup", "createObject", desired)["id"]
    web = server(api, softlayer, privateVlanId=vlan, placementGroupId=group)
    live = web.live()
    assert live["primaryBackendNetworkComponent"]["networkVlan"]["id"] == vlan
    assert live["placementGroupId"] == group
    with pytest.raises(UnfinishedCallError) as caught:
        softlayer.read(GUEST, web.identifier)
    unfinished = caught.value.error.outputs
    assert (unfinished["privateVlanId"], unfinished["placementGroupId"]) == (vlan, group)
    with pytest.raises(CallError, match="privateVlanId: SoftLayer refuses the order"):
        softlayer.make(GUEST, {**WEB, "privateVlanId": 5}, name="other")
