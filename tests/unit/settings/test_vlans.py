"""VLANs of servers: ids, one for those that must reach each other, and both servers named otherwise."""

from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settings import SettingsError, parse
from tests.support.stack_settings import MINIMAL, SERVER

TWO_SITES = {"objectDatacenter": "dal05"}


def server(name: str, vlan: int | None = None, **values: object) -> dict[str, object]:
    return SERVER | {"name": name} | ({"privateVlan": vlan} if vlan else {}) | values


def mistakes(servers: list[dict[str, object]], **values: object) -> list[str]:
    try:
        parse(MINIMAL | {"servers": servers} | values)
    except SettingsError as error:
        return [line.strip() for line in str(error).splitlines()[1:]]
    return []


def test_ids_are_settings() -> None:
    settings = parse(MINIMAL | {"servers": [server("a", 1234567, publicVlan=1234568)]})
    assert (settings.servers[0].private_vlan, settings.servers[0].public_vlan) == (1234567, 1234568)
    assert parse(MINIMAL).servers[0].private_vlan is None


@pytest.mark.parametrize("value", [0, -1, 4094, 2**31, "1234567", True, 1.5])
@pytest.mark.parametrize("key", ["privateVlan", "publicVlan"])
def test_what_is_no_id_is_refused(key: str, value: object) -> None:
    lines = mistakes([SERVER | {key: value}])
    assert lines
    assert all(line.startswith(f"servers[0].{key}: must be ") for line in lines)


@pytest.mark.parametrize(
    ("second", "place"), [(22222, "the private VLAN 22222"), (None, "a private VLAN that SoftLayer chooses")]
)
def test_servers_that_could_not_verify_are_both_named(second: int | None, place: str) -> None:
    servers = [server("a", 11111), server("b", second, role="client")]
    (line,) = mistakes(servers)
    assert line.startswith(
        f"servers[1].privateVlan: dal05-b lies on {place} and dal05-a on the private VLAN 11111"
    )
    assert "b verifies the registry of a by its private address" in line
    assert "set servers[1].privateVlan and servers[0].privateVlan to one id" in line
    assert "vlanSpanning" in line
    assert mistakes(servers, vlanSpanning=True) == []
    assert mistakes(servers, registryListen="public") == []
    assert mistakes([server("a", 11111), server("b", 22222, datacenter="ams03")], **TWO_SITES) == []


def test_a_colour_on_another_server_is_reached_privately_even_where_clients_come_publicly() -> None:
    servers = [server("a", 11111, frontDoor=True), server("b", 22222), server("c", 11111)]
    values = {
        "registryListen": "public",
        "colour": "servers",
        "releases": {"1": {"server": "a"}, "2": {"server": "b"}},
        "black": "2",
    }
    (line,) = mistakes(servers, **values)
    assert line.startswith("servers[0].privateVlan: dal05-a lies on the private VLAN 11111 and dal05-b on")
    assert "the front door of a comes to the colour on b" in line
    assert len(mistakes(servers, **values | {"registryListen": "private"})) == 1, "once a pair"


VLANS = st.sampled_from([None, 11111, 22222])


@given(st.lists(st.tuples(VLANS, st.sampled_from(["dal05", "ams03"])), min_size=1, max_size=5))
def test_a_stack_is_taken_where_each_datacenter_has_one_vlan(locations: list[tuple[int | None, str]]) -> None:
    first = {place: number for number, (_, place) in reversed(list(enumerate(locations)))}
    servers = [
        server(f"s{number}", vlan, datacenter=place, frontDoor=first[place] == number)
        for number, (vlan, place) in enumerate(locations)
    ]
    used: dict[str, set[int | None]] = {}
    for entry in servers:
        used.setdefault(str(entry["datacenter"]), set()).add(cast("int | None", entry.get("privateVlan")))
    assert (mistakes(servers, **TWO_SITES) == []) is all(len(vlans) == 1 for vlans in used.values())
