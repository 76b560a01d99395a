"""The functions through the real plugin, against the real cloud API."""

import pytest

from harness.cloud.running_api import RunningApi
from harness.provider.plugin import GUEST, CallError, Plugin
from harness.provider.server_inputs import WEB
from provider.values import UNKNOWN, Properties, Unknown
from tests.provider.functions.invocation import invoke, invoke_raw


def test_datacenters(softlayer: Plugin) -> None:
    result = invoke(softlayer, "getDatacenters")
    assert result["names"] == sorted(result["names"])
    assert {"id": 138124, "name": "dal05", "longName": "Dallas 5"} in result["datacenters"]


def test_images(softlayer: Plugin) -> None:
    result = invoke(softlayer, "getImages")
    assert "UBUNTU_22_64" in result["osCodes"]
    assert all(operating_system["description"] for operating_system in result["operatingSystems"])
    assert result["privateImages"] == []


def test_flavors(softlayer: Plugin) -> None:
    result = invoke(softlayer, "getFlavors", datacenter="dal05")
    flavor = next(flavor for flavor in result["flavors"] if flavor["keyName"] == "B1_2X4X25")
    assert (flavor["cpus"], flavor["memory"], flavor["disks"]) == (2, 4096, [25])
    assert flavor["hourlyCost"] == pytest.approx(2 * 0.025 + 4 * 0.012)
    assert flavor["monthlyCost"] > 0
    assert len(result["keyNames"]) == len(result["flavors"])


def test_a_flavor_costs_what_its_parts_cost_in_the_price_list(softlayer: Plugin) -> None:
    parts = ["GUEST_CORES_2", "RAM_4_GB", "GUEST_DISK0_25_GB_SAN"]
    prices = invoke(softlayer, "getPrices", package="PUBLIC_CLOUD_SERVER", datacenter="dal05", keyNames=parts)
    assert prices["packageId"] == 835
    assert sorted(price["keyName"] for price in prices["prices"]) == sorted(parts)
    flavors = invoke(softlayer, "getFlavors")["flavors"]
    flavor = next(flavor for flavor in flavors if flavor["keyName"] == "B1_2X4X25")
    assert sum(price["hourlyCost"] for price in prices["prices"]) == pytest.approx(flavor["hourlyCost"])
    assert sum(price["monthlyCost"] for price in prices["prices"]) == pytest.approx(flavor["monthlyCost"])


def test_bare_metal_presets(softlayer: Plugin) -> None:
    presets = invoke(softlayer, "getFlavors", kind="metal", datacenter="dal13")["flavors"]
    assert presets
    for preset in presets:
        assert preset["disks"], preset["keyName"]
        assert preset["memory"] % 1024 == 0
        assert preset["monthlyCost"] > 0
        assert "cpus" not in preset


def test_what_is_sold_by_the_month_has_no_hourly_cost(softlayer: Plugin) -> None:
    (price,) = invoke(
        softlayer,
        "getPrices",
        package="ADDITIONAL_PRODUCTS",
        datacenter="dal05",
        keyNames=["OBJECT_STORAGE_ACCOUNT"],
    )["prices"]
    assert price["priceId"] == 30920
    assert "hourlyCost" not in price


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"package": "PUBLIC_CLOUD_SEVER"},
            "package: 'PUBLIC_CLOUD_SEVER' is not for sale here; nearest are",
        ),
        ({"datacenter": "dal5"}, "datacenter: 'dal5' is no datacenter; nearest are dal05"),
        ({"keyNames": ["RAM_1_GB", "RAM_5_GBS"]}, "keyNames[1]: 'RAM_5_GBS' is no item of"),
    ],
)
def test_a_wrong_name_is_reported_with_the_nearest(
    softlayer: Plugin, arguments: Properties, message: str
) -> None:
    desired = {"package": "PUBLIC_CLOUD_SERVER", "datacenter": "dal05", **arguments}
    with pytest.raises(CallError) as caught:
        invoke(softlayer, "getPrices", **desired)
    assert str(caught.value).startswith(message)


def test_a_kind_that_is_not_is_refused_without_a_call(api: RunningApi, softlayer: Plugin) -> None:
    answer = invoke_raw(softlayer, "getFlavors", kind="plastic", datacentre="dal05")
    assert [failure.property for failure in answer.failures] == ["kind", "datacentre"]
    assert "did you mean datacenter?" in answer.failures[1].reason
    assert api.calls() == {}


def test_a_server_by_id_and_by_exact_filter(softlayer: Plugin) -> None:
    identifier, _, outputs = softlayer.make(GUEST, WEB)
    by_id = invoke(softlayer, "getServer", guestId=int(identifier))
    assert by_id["hostname"] == outputs["orderedHostname"]
    assert (by_id["osCode"], by_id["cpus"], by_id["memory"]) == ("UBUNTU_22_64", 2, 4096)
    assert by_id["tags"] == ["registry", "web 1"]
    assert by_id["ready"] is True
    for name in ("globalIdentifier", "publicIp", "privateIp", "hourlyCost", "monthlyCost"):
        assert by_id[name] == outputs[name], name
    for search in (
        {"hostname": outputs["orderedHostname"], "domain": "example.com", "datacenter": "dal05"},
        {"publicIp": outputs["publicIp"]},
        {"globalIdentifier": outputs["globalIdentifier"]},
    ):
        assert invoke(softlayer, "getServer", **search) == by_id


def test_several_servers_are_an_error_that_names_them(softlayer: Plugin) -> None:
    first, _, _ = softlayer.make(GUEST, WEB, name="one")
    second, _, _ = softlayer.make(GUEST, {**WEB, "hostname": "other"}, name="two")
    with pytest.raises(CallError) as caught:
        invoke(softlayer, "getServer", domain="example.com", datacenter="dal05")
    message = str(caught.value)
    assert message.startswith("2 virtual servers have domain 'example.com', datacenter 'dal05': ")
    assert f"({first})" in message
    assert f"({second})" in message


def test_no_server_is_an_error(softlayer: Plugin) -> None:
    with pytest.raises(CallError, match="No virtual server of this account has guestId 99"):
        invoke(softlayer, "getServer", guestId=99)
    identifier, inputs, outputs = softlayer.make(GUEST, WEB)
    part = str(outputs["orderedHostname"])[:5]
    with pytest.raises(CallError, match="has hostname"):
        invoke(softlayer, "getServer", hostname=part)
    softlayer.delete(GUEST, identifier, inputs, outputs)
    with pytest.raises(CallError, match="No virtual server"):
        invoke(softlayer, "getServer", guestId=int(identifier))


def test_an_id_and_a_filter_exclude_each_other(softlayer: Plugin) -> None:
    both = invoke_raw(softlayer, "getServer", guestId=5, domain="example.com")
    assert [failure.property for failure in both.failures] == ["domain"]
    nothing = invoke_raw(softlayer, "getServer")
    assert [failure.property for failure in nothing.failures] == ["guestId"]


def test_an_unknown_argument_makes_the_answer_unknown_without_a_call(
    api: RunningApi, softlayer: Plugin
) -> None:
    result = invoke(softlayer, "getServer", guestId=UNKNOWN)
    assert result
    assert all(isinstance(value, Unknown) for value in result.values())
    assert api.calls() == {}
