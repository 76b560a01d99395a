"""A bare metal server's costs in a preview: the same as what is billed afterwards, asked for once."""

import pytest

from harness.cloud.running_api import RunningApi
from harness.provider.plugin import CallError, Plugin
from harness.provider.server_inputs import DB, METAL
from provider.values import UNKNOWN, Properties

KINDS: tuple[Properties, ...] = (
    DB,
    {**DB, "hourly": False, "preset": "D6248_384GB_2X1920GBSSD_RAID_1", "networkSpeed": 10000},
    {**DB, "hourly": False, "privateNetworkOnly": True},
)


def previewed(softlayer: Plugin, desired: Properties, name: str = "web") -> Properties:
    inputs = softlayer.check(METAL, desired, name=name)
    return softlayer.create(METAL, inputs, preview=True, name=name)[1]


@pytest.mark.parametrize("desired", KINDS)
def test_a_preview_tells_what_the_server_costs_afterwards(
    api: RunningApi, softlayer: Plugin, desired: Properties
) -> None:
    before = previewed(softlayer, {**desired, "sshKeyIds": [UNKNOWN], "userData": UNKNOWN})
    assert api.orders_placed() == 0
    assert before["publicIp"] is UNKNOWN
    _, _, outputs = softlayer.make(METAL, desired)
    for name in ("hourlyCost", "monthlyCost"):
        assert before[name] == pytest.approx(outputs[name]), name
    assert isinstance(before["monthlyCost"], float)
    assert before["monthlyCost"] > 0


def test_alike_servers_are_requested_once(api: RunningApi, softlayer: Plugin) -> None:
    for number in range(5):
        assert previewed(softlayer, {**DB, "hostname": f"db{number}"}, f"db{number}")["hourlyCost"]
    assert api.calls()["SoftLayer_Product_Order::verifyOrder"] == 1
    assert api.calls()["SoftLayer_Hardware_Server::generateOrderTemplate"] == 1


def test_costs_that_hang_on_something_unknown_stay_open(api: RunningApi, softlayer: Plugin) -> None:
    assert previewed(softlayer, {**DB, "preset": UNKNOWN})["hourlyCost"] is UNKNOWN
    assert "SoftLayer_Product_Order::verifyOrder" not in api.calls()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"preset": "NONE"}, r"^preset: 'NONE' is no preset of this account; known are "),
        ({"preset": "D6248_384GB_2X1920GBSSD_RAID_1"}, r"^preset: SoftLayer refuses the order"),
    ],
    ids=["unknown", "no hourly"],
)
def test_a_preview_of_what_would_be_refused_fails_by_name(
    api: RunningApi, softlayer: Plugin, wrong: Properties, message: str
) -> None:
    with pytest.raises(CallError, match=message):
        previewed(softlayer, {**DB, **wrong})
    assert api.orders_placed() == 0
