"""Security groups, attachments and global IPs through the real plugin, against the real API."""

import threading
from pathlib import Path

import pytest

from harness.cloud.running_api import RunningApi, serve
from harness.provider.plugin import (
    ATTACHMENT,
    GLOBAL_IP,
    GROUP,
    CallError,
    Plugin,
    UnfinishedCallError,
    configuration,
    plugin,
)
from harness.waiting import until
from provider.values import Properties, Value
from tests.support.cloud.ordering import ready, template

SSH: dict[str, Value] = {"direction": "ingress", "protocol": "tcp", "portRangeMin": 22}
OUT: dict[str, Value] = {"direction": "egress", "remoteIp": "10.0.0.0/8"}
PLACE = "SoftLayer_Product_Order::placeOrder"


def order(api: RunningApi, hostname: str = "web") -> int:
    return int(api.client().call("Virtual_Guest", "createObject", template(hostname))["id"])


def address(api: RunningApi, hostname: str = "web") -> str:
    number = order(api, hostname)
    return str(until(lambda: ready(api.client(), number), "ready")["primaryIpAddress"])


def destination(api: RunningApi, number: str) -> str | None:
    mask = "mask[id,destinationIpAddress[ipAddress]]"
    records = api.client().call("Network_Subnet_IpAddress_Global", "getObject", id=int(number), mask=mask)
    target: str | None = records.get("destinationIpAddress", {}).get("ipAddress")
    return target


def test_a_group_s_whole_life(api: RunningApi, softlayer: Plugin) -> None:
    identifier, inputs, outputs = softlayer.make(GROUP, {"name": "web", "rules": [SSH, OUT]})
    assert outputs["securityGroupId"] == int(identifier)
    assert softlayer.read(GROUP, identifier, inputs, outputs) == (identifier, inputs, outputs)
    before = {rule["id"]: rule for rule in _rules(api, identifier)}
    kept = next(number for number, rule in before.items() if rule["direction"] == "egress")

    news = {**inputs, "description": "d", "rules": [OUT, {**SSH, "portRangeMin": 443}]}
    diff = softlayer.diff(GROUP, identifier, inputs, outputs, news)
    assert sorted(diff.detailedDiff) == ["description", "rules[0]", "rules[1]"]
    assert not diff.replaces
    changed = softlayer.update(GROUP, identifier, inputs, outputs, news)
    after = {rule["id"]: rule.get("portRangeMin") for rule in _rules(api, identifier)}
    assert (after[kept], sorted(after.values(), key=str)) == (None, [443, None])

    client = api.client()
    client.call("Network_SecurityGroup", "removeRules", [kept], id=int(identifier))
    client.call("Network_SecurityGroup", "editObject", {"name": "theirs"}, id=int(identifier))
    _, drifted, _ = softlayer.read(GROUP, identifier, news, changed)
    assert (drifted["name"], len(list(drifted["rules"]))) == ("theirs", 1)  # type: ignore[arg-type]
    _, imported, _ = softlayer.read(GROUP, identifier)
    assert imported["rules"] == [{**SSH, "portRangeMin": 443, "portRangeMax": 443}]
    softlayer.next_command()
    for _ in range(2):
        softlayer.delete(GROUP, identifier, inputs, outputs)
    assert softlayer.read(GROUP, identifier, inputs, outputs)[0] == ""


def _rules(api: RunningApi, group: str) -> list[dict[str, object]]:
    rules: list[dict[str, object]] = api.client().call("Network_SecurityGroup", "getRules", id=int(group))
    return rules


@pytest.mark.parametrize("method", ["createObject", "addRules"])
@pytest.mark.parametrize("kind", ["error_500_after", "reset_after_accept", "rate_limit"])
def test_a_group_is_there_once_whatever_happens(
    api: RunningApi, softlayer: Plugin, method: str, kind: str
) -> None:
    api.plan_fault(f"SoftLayer_Network_SecurityGroup::{method}", kind)
    inputs = softlayer.check(GROUP, {"name": "web", "rules": [SSH]})
    try:
        identifier, outputs = softlayer.create(GROUP, inputs)
    except UnfinishedCallError as kept:
        identifier, outputs = kept.error.identifier, kept.error.outputs
        softlayer.update(GROUP, identifier, inputs, outputs, inputs)
    (group,) = api.client().call("Account", "getSecurityGroups", mask="mask[id,rules[id]]")
    assert (str(group["id"]), len(group["rules"])) == (identifier, 1)


def test_an_attachment_s_whole_life(api: RunningApi, softlayer: Plugin) -> None:
    group, _, _ = softlayer.make(GROUP, {"name": "web"})
    guest = order(api)
    desired: Properties = {"securityGroupId": int(group), "guestId": guest, "interface": "private"}
    identifier, inputs, outputs = softlayer.make(ATTACHMENT, desired)
    assert identifier == f"{group}/{guest}/private"
    component = outputs["networkComponentId"]
    assert api.client().call("Virtual_Guest_Network_Component", "securityGroupsReady", id=component) is True
    assert softlayer.read(ATTACHMENT, identifier) == (identifier, inputs, outputs)
    softlayer.update(ATTACHMENT, identifier, inputs, outputs, inputs)
    with pytest.raises(CallError, match="servers web are in it"):
        softlayer.delete(GROUP, group, {"name": "web"}, {})
    moved = softlayer.diff(ATTACHMENT, identifier, inputs, outputs, {**inputs, "interface": "public"})
    assert list(moved.replaces) == ["interface"]
    for _ in range(2):
        softlayer.delete(ATTACHMENT, identifier, inputs, outputs)
    assert softlayer.read(ATTACHMENT, identifier, inputs, outputs)[0] == ""
    softlayer.delete(GROUP, group, {"name": "web"}, {})


def test_an_attachment_waits_for_the_provisioning(tmp_path: Path) -> None:
    with serve(tmp_path / "cloud", speed="realistic") as api, plugin({}, tmp_path / "state") as running:
        running.configure(configuration(api))
        group, _, _ = running.make(GROUP, {"name": "web"})
        guest = order(api)
        desired: Properties = {"securityGroupId": int(group), "guestId": guest, "interface": "public"}
        running.make(ATTACHMENT, desired)
        assert api.client().call("Virtual_Guest", "getObject", id=guest)["provisionDate"]
        calls = api.calls()
        assert calls["SoftLayer_Network_SecurityGroup::attachNetworkComponents"] == 1


def test_a_global_ip_s_whole_life(api: RunningApi, softlayer: Plugin) -> None:
    near_address, far_address = address(api), address(api, "far")
    placed = api.orders_placed()
    identifier, inputs, outputs = softlayer.make(GLOBAL_IP, {"routeTo": near_address, "notes": "door"})
    assert api.orders_placed() == placed + 1
    assert (outputs["monthlyCost"], outputs["hourlyCost"], outputs["cancellationDate"]) == (20.0, 0.0, "")
    assert destination(api, identifier) == near_address
    assert softlayer.read(GLOBAL_IP, identifier, inputs, outputs) == (identifier, inputs, outputs)
    assert softlayer.read(GLOBAL_IP, identifier)[1] == inputs

    news = {**inputs, "routeTo": far_address}
    diff = softlayer.diff(GLOBAL_IP, identifier, inputs, outputs, news)
    assert (list(diff.detailedDiff), list(diff.replaces)) == (["routeTo"], [])
    changed = softlayer.update(GLOBAL_IP, identifier, inputs, outputs, news)
    assert (destination(api, identifier), changed["address"]) == (far_address, outputs["address"])
    nowhere = {"cancelOnAnniversary": False}
    changed = softlayer.update(GLOBAL_IP, identifier, news, changed, nowhere)
    assert destination(api, identifier) is None
    assert softlayer.read(GLOBAL_IP, identifier, nowhere, changed)[1] == nowhere
    softlayer.next_command()
    for _ in range(2):
        softlayer.delete(GLOBAL_IP, identifier, nowhere, changed)
    assert softlayer.read(GLOBAL_IP, identifier, nowhere, changed)[0] == ""
    assert api.orders_placed() == placed + 1


def test_a_preview_orders_nothing_and_tells_the_cost(api: RunningApi, softlayer: Plugin) -> None:
    inputs = softlayer.check(GLOBAL_IP, {})
    _, outputs = softlayer.create(GLOBAL_IP, inputs, preview=True)
    assert outputs["monthlyCost"] == 20.0
    assert api.orders_placed() == 0


@pytest.mark.parametrize("kind", ["error_500_after", "error_500_before", "reset_after_accept", "rate_limit"])
def test_a_global_ip_is_ordered_once_whatever_happens(api: RunningApi, softlayer: Plugin, kind: str) -> None:
    api.plan_fault(PLACE, kind)
    inputs = softlayer.check(GLOBAL_IP, {})
    try:
        identifier, _ = softlayer.create(GLOBAL_IP, inputs)
    except CallError:
        assert kind == "error_500_before", "the others show an order, or are certain refusals"
        identifier, _ = softlayer.create(GLOBAL_IP, inputs)
    assert api.orders_placed() == 1
    (record,) = api.client().call("Account", "getGlobalIpRecords")
    assert str(record["id"]) == identifier


def test_a_killed_order_is_taken_over(api: RunningApi, tmp_path: Path) -> None:
    inputs: Properties = {"cancelOnAnniversary": False}
    with plugin({}, tmp_path / "state") as first:
        first.configure(configuration(api, timeout=60))
        api.plan_fault(PLACE, "timeout_after_accept", seconds=5)

        def create() -> None:
            with pytest.raises(CallError):
                first.create(GLOBAL_IP, inputs)

        thread = threading.Thread(target=create)
        thread.start()
        until(lambda: api.orders_placed() == 1, "accepted")
        first.process.kill()
        thread.join(10)
    with plugin({}, tmp_path / "state") as second:
        second.configure(configuration(api), first.inputs)
        identifier, _ = second.create(GLOBAL_IP, inputs)
    assert api.orders_placed() == 1
    assert destination(api, identifier) is None


def test_a_replacement_that_nothing_distinguishes_is_declined_once(api: RunningApi, tmp_path: Path) -> None:
    with plugin({}, tmp_path / "state") as first_process:
        first_process.configure(configuration(api))
        config = first_process.inputs
        first, inputs, outputs = first_process.make(GLOBAL_IP, {})
        assert first_process.make(GLOBAL_IP, {})[0] == first
        first_process.delete(GLOBAL_IP, first, inputs, outputs)
        assert first_process.read(GLOBAL_IP, first)[0] == first
    with plugin({}, tmp_path / "state") as two:
        two.configure(configuration(api), config)
        second = two.make(GLOBAL_IP, {})[0]
        two.delete(GLOBAL_IP, first, inputs, outputs)
    (record,) = api.client().call("Account", "getGlobalIpRecords")
    assert (str(record["id"]), api.orders_placed()) == (second, 2)
    assert second != first


def test_a_wait_that_is_cancelled_keeps_the_order_s_id(tmp_path: Path) -> None:
    with serve(tmp_path / "cloud", speed="measured") as api, plugin({}, tmp_path / "state") as running:
        running.configure(configuration(api))
        inputs = running.check(GLOBAL_IP, {})
        caught: list[UnfinishedCallError] = []

        def create() -> None:
            with pytest.raises(UnfinishedCallError) as raised:
                running.create(GLOBAL_IP, inputs)
            caught.append(raised.value)

        thread = threading.Thread(target=create)
        thread.start()
        until(lambda: api.orders_placed() == 1, "ordered")
        until(lambda: api.calls().get("SoftLayer_Account::getGlobalIpRecords"), "waits")
        # The order takes longer than this at that speed.
        running.cancel()
        thread.join(30)
        assert not thread.is_alive()
        identifier = caught[0].error.identifier
    assert identifier.startswith("order:")
    with serve(tmp_path / "cloud") as api, plugin({}, tmp_path / "state") as running:
        running.configure(configuration(api))
        outputs = running.update(GLOBAL_IP, identifier, inputs, caught[0].error.outputs, inputs)
        assert str(outputs["address"])
        assert running.read(GLOBAL_IP, identifier, inputs, outputs)[0] == identifier
        running.next_command()
        running.delete(GLOBAL_IP, identifier, inputs, outputs)
        assert running.read(GLOBAL_IP, identifier)[0] == ""
        assert api.orders_placed() == 1


def test_a_target_that_is_no_server_keeps_the_address(api: RunningApi, softlayer: Plugin) -> None:
    inputs = softlayer.check(GLOBAL_IP, {"routeTo": "192.0.2.1"})
    with pytest.raises(UnfinishedCallError, match=r"routeTo: 192\.0\.2\.1 is no server's address") as raised:
        softlayer.create(GLOBAL_IP, inputs)
    kept = raised.value.error
    right = {**inputs, "routeTo": address(api)}
    softlayer.update(GLOBAL_IP, kept.identifier, inputs, kept.outputs, right)
    assert destination(api, kept.identifier) == right["routeTo"]


def test_a_refusal_before_the_anniversary_is_reported_and_can_be_accepted(
    api: RunningApi, softlayer: Plugin
) -> None:
    identifier, inputs, outputs = softlayer.make(GLOBAL_IP, {"routeTo": address(api)})
    api.plan_fault("SoftLayer_Billing_Item::cancelService", "before_anniversary", times=2)
    with pytest.raises(CallError, match=r"Its route is as it was\. Set cancelOnAnniversary"):
        softlayer.delete(GLOBAL_IP, identifier, inputs, outputs)
    assert destination(api, identifier) == inputs["routeTo"]
    softlayer.delete(GLOBAL_IP, identifier, {**inputs, "cancelOnAnniversary": True}, outputs)
    assert destination(api, identifier) is None
    _, _, refreshed = softlayer.read(GLOBAL_IP, identifier, inputs, outputs)
    assert str(refreshed["cancellationDate"])
