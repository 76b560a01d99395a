"""Several front doors, and the address in front of them."""

import pytest

from settings import SettingsError, parse
from settings.servers.servers import front_door_servers
from tests.support.stack_settings import MINIMAL, SERVER

PUBLIC: dict[str, object] = {"registryListen": "public", "globalIp": True}


def servers(**doors: dict[str, object]) -> dict[str, object]:
    return {"servers": [SERVER | {"name": name} | more for name, more in doors.items()]}


DOOR: dict[str, object] = {"frontDoor": True}
TWO = servers(a=DOOR, b=DOOR)


def mistakes(values: dict[str, object]) -> str:
    with pytest.raises(SettingsError) as failure:
        parse(MINIMAL | values)
    return str(failure.value)


def test_the_only_server_for_registries_has_a_door_whether_it_asks_or_not() -> None:
    settings = parse(MINIMAL | servers(c={"role": "client"}, a={}))
    assert settings.doors_in("dal05") == ("a",)
    assert not settings.access.global_ip


def test_of_several_the_carrier_is_named() -> None:
    assert "dal05 has 2 servers with the role registry (a, b); set frontDoor" in mistakes(servers(b={}, a={}))
    assert parse(MINIMAL | servers(a={}, b=DOOR)).doors_in("dal05") == ("b",)


def test_who_asks_for_a_door_has_one_in_any_order_of_the_list() -> None:
    settings = parse(MINIMAL | PUBLIC | servers(d=DOOR, c=DOOR, b={}, a=DOOR))
    assert settings.doors_in("dal05") == ("a", "c", "d")
    assert settings.access.global_ip


def test_each_datacenter_has_its_own() -> None:
    settings = parse(MINIMAL | servers(a={}, b={"datacenter": "ams01"}) | {"objectDatacenter": "dal05"})
    assert (settings.doors_in("dal05"), settings.doors_in("ams01")) == (("a",), ("b",))
    assert front_door_servers(settings.servers, "par01") == ()


@pytest.mark.parametrize(
    ("others", "idle"),
    [
        (
            {"c": {"datacenter": "dal06"}, "d": {"datacenter": "dal06", "frontDoor": False}},
            ("dal06-c", "dal06-d"),
        ),
        ({"c": {"datacenter": "dal06", "frontDoor": False}}, ("dal06-c",)),
        ({"c": {"datacenter": "dal06", "role": "client"}, "e": {"datacenter": "dal06"}}, ()),
        ({"c": {"frontDoor": False}}, ()),
    ],
)
def test_servers_that_carry_nothing_and_can_take_over_nothing_are_known(
    others: dict[str, dict[str, object]], idle: tuple[str, ...]
) -> None:
    """`c` and `d` cost 100.74 USD a month, and nothing said that no registry runs there."""
    settings = parse(MINIMAL | servers(a={"frontDoor": True}, **others) | {"objectDatacenter": "dal05"})
    assert settings.idle_servers == idle
    assert not set(idle) & set(settings.front_doors)


def test_one_address_and_one_name_may_serve_all_datacenters() -> None:
    two = servers(a={}, b={"datacenter": "ams01"}) | {"objectDatacenter": "dal05"}
    name = {"registryName": "registry.example.com"}
    assert parse(MINIMAL | PUBLIC | two | name).access.name_in("ams01") == "registry.example.com"
    assert "would name 2 registries" in mistakes(two | name)


def test_a_dns_name_may_stand_for_both_doors() -> None:
    assert parse(MINIMAL | TWO | {"registryName": "registry.example.com"}).doors_in("dal05") == ("a", "b")


@pytest.mark.parametrize(
    ("values", "mistake"),
    [
        (
            {"globalIp": True},
            "globalIp: is a public address; set registryListen to public instead of private",
        ),
        ({"globalIp": "yes"}, "globalIp: must be true or false"),
        (TWO, "servers[1].frontDoor: nothing leads to a second door"),
        (TWO | {"registryListen": "loopback"}, "servers[1].frontDoor: a door on loopback"),
        (
            TWO | {"registryName": "r.example.com", "registryNameInHosts": True},
            "servers[1].frontDoor: /etc/hosts knows one address",
        ),
        (
            TWO | PUBLIC | {"registryStorage": "filesystem"},
            "servers[1].frontDoor: a folder of one server is no storage for two",
        ),
        (servers(a={}, b={"role": "client", "frontDoor": True}), "servers[1].frontDoor: is for servers with"),
    ],
)
def test_what_cannot_be_is_reported_by_its_key(values: dict[str, object], mistake: str) -> None:
    assert mistake in mistakes(values)
