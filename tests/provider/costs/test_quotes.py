"""Costs in a preview: asked of the real API by verifyOrder, and the same as what is billed afterwards."""

import time
from pathlib import Path

import pytest
from pulumi.runtime.proto import provider_pb2

from harness.cloud.running_api import RunningApi, serve
from harness.provider.plugin import (
    GUEST,
    CallError,
    Plugin,
    configuration,
    plain,
    plugin,
    raising_call_errors,
    urn,
)
from harness.provider.server_inputs import WEB
from provider.protocol.wire import encode
from provider.values import UNKNOWN, Properties

FLAVORED: Properties = {
    name: WEB[name] for name in ("hostname", "domain", "datacenter", "osCode", "probeSsh")
}
KINDS: tuple[Properties, ...] = (
    WEB,
    {**WEB, "hourly": False, "disks": [100, 250]},
    {**FLAVORED, "flavor": "B1_2X4X25", "networkSpeed": 1000},
    {**FLAVORED, "flavor": "M1_1X8X100", "hourly": False, "disks": [100, 20]},
    {**WEB, "privateNetworkOnly": True, "localDisk": True},
)


def previewed(softlayer: Plugin, desired: Properties, name: str = "web") -> Properties:
    inputs = softlayer.check(GUEST, desired, name=name)
    return softlayer.create(GUEST, inputs, preview=True, name=name)[1]


@pytest.mark.parametrize("desired", KINDS)
def test_a_preview_tells_what_the_server_costs_afterwards(
    api: RunningApi, softlayer: Plugin, desired: Properties
) -> None:
    quoted = previewed(softlayer, {**desired, "sshKeyIds": [UNKNOWN], "userData": UNKNOWN})
    assert api.orders_placed() == 0
    assert quoted["publicIp"] is UNKNOWN
    _, _, outputs = softlayer.make(GUEST, desired)
    for name in ("hourlyCost", "monthlyCost"):
        assert quoted[name] == pytest.approx(outputs[name]), name
    assert isinstance(quoted["monthlyCost"], float)
    assert quoted["monthlyCost"] > 0


def test_alike_servers_are_requested_once(api: RunningApi, softlayer: Plugin) -> None:
    for number in range(50):
        assert previewed(softlayer, {**WEB, "hostname": f"web{number}"}, f"web{number}")["hourlyCost"]
    calls = api.calls()
    assert calls["SoftLayer_Product_Order::verifyOrder"] == 1
    assert calls["SoftLayer_Virtual_Guest::generateOrderTemplate"] == 1
    assert sum(calls.values()) == 4, calls


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"datacenter": "dal99"}, "datacenter: 'dal99' is no datacenter of this account; nearest are"),
        ({"disks": [25, 33]}, "disks: SoftLayer refuses the order"),
        ({"flavor": "B1_2X4X26", "cpus": None, "memory": None}, "flavor: 'B1_2X4X26' is no flavor"),
    ],
)
def test_a_preview_of_what_would_be_refused_fails_by_name(
    api: RunningApi, softlayer: Plugin, wrong: Properties, message: str
) -> None:
    with pytest.raises(CallError) as caught:
        previewed(softlayer, {**WEB, **wrong})
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)
    assert api.orders_placed() == 0


def test_without_network_a_preview_works_and_leaves_the_costs_open(tmp_path: Path) -> None:
    with serve(tmp_path / "cloud") as api:
        config = configuration(api)
    with plugin({}, tmp_path / "state") as running:
        running.configure(config)
        started = time.monotonic()
        for number in range(3):
            outputs = previewed(running, WEB, f"web{number}")
            assert outputs["hourlyCost"] is UNKNOWN
        assert time.monotonic() - started < 30


def test_a_lost_answer_is_requested_again(api: RunningApi, softlayer: Plugin) -> None:
    for method in ("Account::getObject", "Product_Order::verifyOrder"):
        api.plan_fault(f"SoftLayer_{method}", "error_500_before")
    api.plan_fault("SoftLayer_Virtual_Guest::generateOrderTemplate", "rate_limit")
    assert previewed(softlayer, WEB)["hourlyCost"] != UNKNOWN
    assert api.calls()["SoftLayer_Product_Order::verifyOrder"] == 2


def test_a_wrong_key_is_reported_in_the_preview(api: RunningApi, tmp_path: Path) -> None:
    secret = "not-the-right-key-at-all"
    with plugin({}, tmp_path / "state") as running:
        running.configure(configuration(api, apiKey=secret))
        with pytest.raises(CallError, match="refuses these credentials") as caught:
            previewed(running, WEB)
    assert secret not in str(caught.value)


def test_a_change_in_place_keeps_its_costs_without_a_call(api: RunningApi, softlayer: Plugin) -> None:
    identifier, inputs, outputs = softlayer.make(GUEST, WEB)
    before = api.calls()
    news = {**inputs, "hostname": "db"}
    request = provider_pb2.UpdateRequest(
        id=identifier,
        urn=urn(GUEST),
        type=GUEST,
        old_inputs=encode(inputs, frozenset()),
        olds=encode(outputs, frozenset()),
        news=encode(news, frozenset()),
        preview=True,
    )
    with raising_call_errors():
        properties = plain(softlayer.stub.Update(request).properties).properties
    assert properties["hourlyCost"] == outputs["hourlyCost"]
    assert properties["orderedHostname"] is UNKNOWN
    assert api.calls() == before
