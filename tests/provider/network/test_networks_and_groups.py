"""Placement groups, and the look-ups of VLANs and subnets, over real gRPC and HTTP."""

import pytest

from harness.cloud.running_api import RunningApi
from harness.provider.plugin import GUEST, CallError, Plugin
from harness.provider.server_inputs import WEB
from provider.values import UNKNOWN, Properties
from tests.provider.functions.invocation import invoke, invoke_raw

GROUP = "softlayer:index:PlacementGroup"
GROUP_INPUTS: Properties = {"name": "apart", "datacenter": "dal05"}


def test_a_group_s_life(api: RunningApi, softlayer: Plugin) -> None:
    identifier, inputs, outputs = softlayer.make(GROUP, GROUP_INPUTS)
    assert (outputs["groupId"], outputs["backendRouterId"]) == (int(identifier), 1381241)
    assert softlayer.read(GROUP, identifier, inputs, outputs) == (identifier, inputs, outputs)
    news = softlayer.check(GROUP, {**GROUP_INPUTS, "name": "aside"}, inputs)
    assert not softlayer.diff(GROUP, identifier, inputs, outputs, news).replaces
    updated = softlayer.update(GROUP, identifier, inputs, outputs, news)
    assert softlayer.read(GROUP, identifier, inputs, outputs)[1]["name"] == "aside"
    checked = softlayer.check(GROUP, {**GROUP_INPUTS, "datacenter": "ams01"}, inputs)
    assert list(softlayer.diff(GROUP, identifier, inputs, outputs, checked).replaces) == ["datacenter"]
    assert softlayer.read(GROUP, identifier)[1]["datacenter"] == "dal05"
    softlayer.delete(GROUP, identifier, news, updated)
    softlayer.delete(GROUP, identifier, news, updated)
    assert softlayer.read(GROUP, identifier, news, updated)[0] == ""
    assert api.client().call("Account", "getPlacementGroups") == []


def test_a_group_whose_answer_is_lost_is_made_once(api: RunningApi, softlayer: Plugin) -> None:
    api.plan_fault("SoftLayer_Virtual_PlacementGroup::createObject", "reset_after_accept")
    identifier, _, _ = softlayer.make(GROUP, GROUP_INPUTS)
    (group,) = api.client().call("Account", "getPlacementGroups")
    assert group["id"] == int(identifier)


def test_a_group_with_servers_is_nobody_else_s_and_is_not_deleted(api: RunningApi, softlayer: Plugin) -> None:
    identifier, inputs, outputs = softlayer.make(GROUP, GROUP_INPUTS)
    guest, _, _ = softlayer.make(GUEST, {**WEB, "placementGroupId": outputs["groupId"]})
    with pytest.raises(CallError, match="name: is that of placement group"):
        softlayer.make(GROUP, GROUP_INPUTS, name="other")
    with pytest.raises(CallError, match=rf"still holds .* [(]{guest}[)]"):
        softlayer.delete(GROUP, identifier, inputs, outputs)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"datacenter": "dal99"}, "datacenter: 'dal99' has no placement groups"),
        ({"backendRouterId": 7}, "backendRouterId: 7 is no backend router of dal05"),
        ({"rule": "PACK"}, "rule: 'PACK' is no rule"),
    ],
)
def test_what_is_not_there_is_reported_by_name(softlayer: Plugin, wrong: Properties, message: str) -> None:
    with pytest.raises(CallError) as caught:
        softlayer.make(GROUP, {**GROUP_INPUTS, **wrong})
    assert message in str(caught.value)


def test_a_preview_of_a_group_calls_nothing(api: RunningApi, softlayer: Plugin) -> None:
    _, outputs = softlayer.create(GROUP, softlayer.check(GROUP, GROUP_INPUTS), preview=True)
    assert outputs["groupId"] is UNKNOWN
    assert api.calls() == {}


def test_vlans_and_subnets_are_found(api: RunningApi, softlayer: Plugin) -> None:
    vlan = invoke(softlayer, "getVlan", datacenter="dal05", networkSpace="PRIVATE", vlanNumber=1003)
    assert vlan["fullyQualifiedName"] == "dal05.bcr01a.1003"
    assert invoke(softlayer, "getVlan", vlanId=vlan["vlanId"]) == vlan
    subnet = invoke(softlayer, "getSubnet", vlanId=vlan["vlanId"])
    assert (subnet["subnetId"], subnet["networkSpace"]) == (vlan["primarySubnetId"], "PRIVATE")
    assert invoke(softlayer, "getSubnet", networkIdentifier=subnet["networkIdentifier"]) == subnet
    api.client().call("Network_Vlan", "editObject", {"name": "registry"}, id=vlan["vlanId"])
    assert invoke(softlayer, "getVlan", name="registry")["vlanId"] == vlan["vlanId"]


def test_no_network_or_several_are_an_error(softlayer: Plugin) -> None:
    with pytest.raises(CallError, match="nothing in networkVlans with name 'none'"):
        invoke(softlayer, "getVlan", name="none")
    with pytest.raises(CallError, match=r"2 networkVlans have .*: dal05"):
        invoke(softlayer, "getVlan", datacenter="dal05", networkSpace="PRIVATE")
    assert [failure.property for failure in invoke_raw(softlayer, "getVlan").failures] == ["vlanId"]
    wrong = invoke_raw(softlayer, "getSubnet", subnetId=5, networkSpace="INNER").failures
    assert {failure.property for failure in wrong} == {"networkSpace"}
