"""What is ordered for a change in place: sizes, prices, reload configurations, places."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provider.errors import InvalidInputError
from provider.resources.virtual_guest.change import Resize, resize
from provider.resources.virtual_guest.fields import check_networks
from provider.resources.virtual_guest.options import named_property
from provider.resources.virtual_guest.placement_fields import placement_fields, placement_inputs
from provider.resources.virtual_guest.reload import configuration
from provider.resources.virtual_guest.upgrade import prices
from provider.values import Properties

GUEST: dict[str, Any] = {
    "startCpus": 2,
    "maxMemory": 4096,
    "blockDevices": [
        {"device": "0", "diskImage": {"capacity": 25}},
        {"device": "1", "diskImage": {"capacity": 2}},
        {"device": "2", "diskImage": {"capacity": 100}},
    ],
}
OFFERED: tuple[dict[str, Any], ...] = (
    {
        "id": 1,
        "categories": [{"id": 80, "categoryCode": "guest_core"}],
        "item": {"capacity": "4", "units": "DEDICATED_CORE"},
    },
    {
        "id": 2,
        "categories": [{"id": 80, "categoryCode": "guest_core"}],
        "item": {"capacity": "4", "units": "CORE"},
    },
    {"id": 3, "categories": [{"id": 3, "categoryCode": "ram"}], "item": {"capacity": "8", "units": "GB"}},
    {
        "id": 4,
        "categories": [{"id": 82, "categoryCode": "guest_disk1"}, {"id": 92, "categoryCode": "guest_disk2"}],
        "item": {"capacity": "50", "units": "GB"},
    },
)


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ({"cpus": 2, "memory": 4096, "disks": [25, 100]}, Resize()),
        ({"cpus": 4, "memory": 4096}, Resize(cpus=4)),
        ({"cpus": 2, "memory": 2048}, Resize(memory=2048)),
        ({"cpus": 2, "memory": 4096, "disks": [25, 200, 10]}, Resize(disks={1: 200, 2: 10})),
        ({"flavor": "B1_2X4X25"}, Resize(flavor="B1_2X4X25")),
    ],
)
def test_what_is_to_change(inputs: Properties, expected: Resize) -> None:
    assert resize(inputs, GUEST) == expected
    assert bool(expected) is (expected != Resize())


@given(st.integers(1, 64), st.integers(1, 64))
def test_a_server_of_the_desired_size_takes_no_order(cpus: int, gigabytes: int) -> None:
    inputs = {"cpus": cpus, "memory": gigabytes * 1024}
    resizing = resize(inputs, GUEST)
    after = {
        **GUEST,
        "startCpus": resizing.cpus or GUEST["startCpus"],
        "maxMemory": resizing.memory or GUEST["maxMemory"],
    }
    assert not resize(inputs, after)


def test_prices_of_an_upgrade() -> None:
    ordered = prices(OFFERED, Resize(cpus=4, memory=8192, disks={2: 50}), 7)
    assert ordered == [
        {"id": 2, "categories": [{"id": 80}]},
        {"id": 3, "categories": [{"id": 3}]},
        {"id": 4, "categories": [{"id": 92}]},
    ]


@pytest.mark.parametrize(
    ("desired", "path"),
    [(Resize(cpus=5), "cpus"), (Resize(memory=1024), "memory"), (Resize(disks={3: 50}), "disks[3]")],
)
def test_a_size_that_is_not_on_offer_is_reported_by_name(desired: Resize, path: str) -> None:
    with pytest.raises(InvalidInputError, match="Nothing was ordered") as raised:
        prices(OFFERED, desired, 7)
    assert raised.value.property_path == path


def test_a_reload_s_configuration() -> None:
    options = {
        "operatingSystems": [
            {"template": {"operatingSystemReferenceCode": "DEBIAN_12_64"}, "itemPrice": {"id": 9}}
        ]
    }
    present = {"osCode": "UBUNTU_22_64"}
    wished: Properties = {"osCode": "DEBIAN_12_64", "sshKeyIds": [1], "postInstallScriptUri": "https://e/x"}
    assert configuration(wished, present, options) == {
        "sshKeyIds": [1],
        "customProvisionScriptUri": "https://e/x",
        "itemPrices": [{"id": 9}],
    }
    assert configuration(present, present, {}) == {}
    with pytest.raises(InvalidInputError, match="LATEST"):
        configuration({"osCode": "UBUNTU_LATEST"}, present, options)


def test_places_of_an_order_and_of_a_server() -> None:
    inputs = {"privateVlanId": 1, "privateSubnetId": 2, "publicVlanId": 3, "placementGroupId": 4}
    assert placement_fields(inputs) == {
        "primaryBackendNetworkComponent": {"networkVlan": {"id": 1, "primarySubnet": {"id": 2}}},
        "primaryNetworkComponent": {"networkVlan": {"id": 3}},
        "placementGroupId": 4,
    }
    assert placement_fields({}) == {}
    assert placement_inputs(placement_fields(inputs)) == {
        "privateVlanId": 1,
        "publicVlanId": 3,
        "placementGroupId": 4,
    }


@pytest.mark.parametrize(
    ("inputs", "paths"),
    [
        ({"privateSubnetId": 2}, ["privateSubnetId"]),
        ({"publicVlanId": 2, "privateNetworkOnly": True}, ["publicVlanId"]),
        ({"privateVlanId": 2, "privateSubnetId": 3, "privateNetworkOnly": True}, []),
    ],
)
def test_networks_that_do_not_fit_together(inputs: Properties, paths: list[str]) -> None:
    assert [failure.path for failure in check_networks(inputs)] == paths


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("Invalid value provided for 'primaryBackendNetworkComponent.networkVlan.id'.", "privateVlanId"),
        (
            "Invalid value provided for 'primaryNetworkComponent.networkVlan.primarySubnet.id'.",
            "publicSubnetId",
        ),
        ("Placement group 5 is not in dal13.", "placementGroupId"),
    ],
)
def test_a_refusal_is_blamed_on_the_input(words: str, name: str) -> None:
    assert named_property(words) == name
