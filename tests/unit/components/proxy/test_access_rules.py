"""Rules of a front door: bcrypt below the limit only, no limits between doors, room for the storage door."""

from dataclasses import replace

import pytest

from components.access.door_credential import DoorCredential
from components.access.user_list import userlist
from components.proxy.access_rules import DoorUsers
from components.proxy.front_door_config import ColourBackend, FrontDoorShape, front_door_configuration
from components.proxy.haproxy_config import STORAGE_CONNECTIONS, ProxyShape
from settings import DEFAULT_DOOR_LIMITS, DoorLimits

USERS = DoorUsers(userlist("a", {"bob": "x", "eve": "y"}, "ab" * 32), (("bob", "admin"), ("eve", "reader")))


def lines_of(limits: DoorLimits | None, users: DoorUsers | None = USERS) -> list[str]:
    shape = FrontDoorShape("a", "127.0.0.1", 5000, 5001, users=users, limits=limits)
    return [line.strip() for line in front_door_configuration(shape).splitlines()]


def place(lines: list[str], beginning: str) -> int:
    return next(number for number, line in enumerate(lines) if line.startswith(beginning))


def test_a_hash_is_computed_once_a_request_and_after_the_limit_of_failures() -> None:
    lines = lines_of(replace(DEFAULT_DOOR_LIMITS, failed_logins=7))
    computed = [number for number, line in enumerate(lines) if "http_auth(" in line]
    refused = [number for number, line in enumerate(lines) if "sc0_gpc0_rate gt 7" in line]
    assert len(computed) == 1
    assert refused[0] < computed[0] < place(lines, "http-request return status 401")
    assert computed[0] < place(lines, "default_backend")


def test_a_door_for_other_doors_counts_no_addresses() -> None:
    lines = lines_of(None)
    assert not any("sc0_" in line or "track-sc0" in line or line.startswith("maxconn") for line in lines)
    assert any("http_auth(" in line for line in lines)


def test_clients_credentials_stay_with_a_door_that_compares_them() -> None:
    shape = FrontDoorShape("a", "127.0.0.1", 5000, 5001, users=USERS, password="secret")
    own = f'http-request set-header Authorization "{DoorCredential("secret").authorization}"'
    removal = "http-request del-header Authorization"
    assert removal in lines_of(None)
    assert removal not in lines_of(None, None)
    lines = [line.strip() for line in front_door_configuration(shape).splitlines()]
    assert own in lines
    assert any(line.startswith("http-response return status 502 ") for line in lines)
    assert "secret" not in repr(shape)


def test_each_colour_is_sent_its_own_password() -> None:
    colours = (
        ColourBackend("red", 15000, password="of red"),
        ColourBackend("black", 15453, "10.1.2.3", "black-modern-b", password="of black"),
    )
    text = front_door_configuration(FrontDoorShape("a", "127.0.0.1", 5000, colours, users=USERS))
    backends = {part.split("\n")[0]: part for part in text.split("\nbackend ")[1:]}
    for colour in colours:
        own = DoorCredential(colour.password).authorization
        holders = [name for name, part in backends.items() if own in part]
        assert holders == [f"front-a-{colour.colour}"]


def test_a_quarter_of_a_door_is_for_addresses_that_have_few_connections() -> None:
    limits = DEFAULT_DOOR_LIMITS
    assert (limits.open_connections, limits.few_connections) == (2304, 32)
    rule = "tcp-request connection reject if { fe_conn gt 2304 } { sc0_conn_cur gt 32 }"
    lines = lines_of(limits)
    assert place(lines, "tcp-request connection track-sc0") < lines.index(rule)
    assert replace(limits, connections=16).few_connections == 8


def test_a_colours_own_door_takes_connections_of_front_doors_alone() -> None:
    shape = FrontDoorShape("inner", "10.1.2.3", 15453, 15010, users=USERS, sources=("10.1.2.4", "10.1.2.5"))
    rule = "tcp-request connection reject unless { src 10.1.2.4 10.1.2.5 }"
    assert rule in [line.strip() for line in front_door_configuration(shape).splitlines()]
    assert not any("{ src " in line for line in lines_of(None))
    with pytest.raises(ValueError, match="reject"):
        FrontDoorShape("inner", "10.1.2.3", 15453, 15010, sources=("10.1.2.4 } reject",))


def test_full_front_doors_leave_the_storage_door_its_connections() -> None:
    shape = ProxyShape(front_connections=100)
    assert shape.connections - 2 * 100 >= STORAGE_CONNECTIONS
