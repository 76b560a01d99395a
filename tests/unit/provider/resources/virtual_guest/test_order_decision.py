"""What servers found under a token mean: adopt, order, pass on, or refuse."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provider.errors import ProviderError
from provider.resources.ordering.single_order import Decision
from provider.resources.virtual_guest.fields import MARK
from provider.resources.virtual_guest.order import decide, order_template
from provider.resources.virtual_guest.server import VirtualGuest
from provider.softlayer.records import Record
from tests.support.provider.guest_inputs import GOOD, URN
from tests.support.provider.provider_session import session

INPUTS = VirtualGuest().check(session(), URN, {}, GOOD).inputs
TOKEN = str(INPUTS["orderToken"])


def guest(number: int = 5, **more: object) -> Record:
    return {
        "id": number,
        "hostname": f"web-{TOKEN}",
        "startCpus": 2,
        "maxMemory": 4096,
        "hourlyBillingFlag": True,
        "privateNetworkOnlyFlag": False,
        "datacenter": {"name": "dal05"},
        "billingItem": {"id": 9},
        **more,
    }


def leaving(number: int) -> Record:
    return guest(number, activeTransaction={"transactionStatus": {"name": "RECLAIM_WAIT"}})


def cancelled(number: int) -> Record:
    return guest(number, provisionDate="2026-01-01T00:00:00-06:00", billingItem=None)


def delivered(number: int) -> Record:
    return guest(number, tagReferences=[{"tag": {"name": MARK}}])


def test_nothing_found_means_order() -> None:
    assert decide((), INPUTS, TOKEN) == Decision()


def test_servers_on_their_way_out_do_not_count() -> None:
    assert decide((leaving(1), cancelled(2)), INPUTS, TOKEN) == Decision()


def test_one_of_the_same_shape_is_taken_over() -> None:
    assert decide((leaving(1), guest(5)), INPUTS, TOKEN) == Decision(adopt=5)


def test_a_delivered_one_passes_the_order_on() -> None:
    assert decide((delivered(5),), INPUTS, TOKEN) == Decision(pass_on=True)
    # `--replace` shows the engine's state to nobody: the operator says that it holds the server.
    assert decide((guest(5),), INPUTS, TOKEN, frozenset({"5"})) == Decision(pass_on=True)


def test_two_are_refused_with_their_ids() -> None:
    with pytest.raises(ProviderError, match="Servers 5, 6 all bear"):
        decide((guest(5), guest(6)), INPUTS, TOKEN)


@pytest.mark.parametrize(
    ("more", "property_name"),
    [
        ({"startCpus": 4}, "cpus"),
        ({"datacenter": {"name": "ams03"}}, "datacenter"),
        ({"hourlyBillingFlag": False}, "hourly"),
        (
            {
                "operatingSystem": {
                    "softwareLicense": {"softwareDescription": {"referenceCode": "DEBIAN_12_64"}}
                }
            },
            "osCode",
        ),
    ],
)
def test_another_shape_is_refused_by_name(more: dict[str, Any], property_name: str) -> None:
    with pytest.raises(ProviderError, match=f"differs in {property_name}"):
        decide((guest(5, **more),), INPUTS, TOKEN)


kinds = st.sampled_from([guest, leaving, cancelled])


@given(st.lists(kinds, max_size=5))
def test_at_most_one_living_server_is_ever_taken(makers: list[Any]) -> None:
    candidates = tuple(maker(number) for number, maker in enumerate(makers, 1))
    living = [record for maker, record in zip(makers, candidates, strict=True) if maker is guest]
    if len(living) > 1:
        with pytest.raises(ProviderError):
            decide(candidates, INPUTS, TOKEN)
    else:
        assert decide(candidates, INPUTS, TOKEN).adopt == (living[0]["id"] if living else None)


def test_the_order_carries_everything() -> None:
    inputs = {
        **INPUTS,
        "disks": [25, 100],
        "networkSpeed": 1000,
        "sshKeyIds": [3, 4],
        "userData": "u",
        "postInstallScriptUri": "https://example.com/s",
    }
    assert order_template(inputs, TOKEN) == {
        "hostname": f"web-{TOKEN}",
        "domain": "example.com",
        "datacenter": {"name": "dal05"},
        "operatingSystemReferenceCode": "UBUNTU_22_64",
        "hourlyBillingFlag": True,
        "privateNetworkOnlyFlag": False,
        "startCpus": 2,
        "maxMemory": 4096,
        "localDiskFlag": False,
        "blockDevices": [
            {"device": "0", "diskImage": {"capacity": 25}},
            {"device": "2", "diskImage": {"capacity": 100}},
        ],
        "networkComponents": [{"maxSpeed": 1000}],
        "sshKeys": [{"id": 3}, {"id": 4}],
        "userData": [{"value": "u"}],
        "postInstallScriptUri": "https://example.com/s",
    }


def test_a_flavor_replaces_its_parts() -> None:
    template = order_template({**INPUTS, "flavor": "B1_2X4X25"}, TOKEN)
    assert template["supplementalCreateObjectOptions"] == {"flavorKeyName": "B1_2X4X25"}
    assert not {"startCpus", "maxMemory", "localDiskFlag"} & set(template)
