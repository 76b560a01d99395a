"""Rules of a front door: bcrypt below the limit only, no limits between doors, room for the storage door."""

from dataclasses import replace

from components.door_access import DoorUsers
from components.front_door_config import FrontDoorShape, front_door_configuration
from components.proxy_config import STORAGE_CONNECTIONS, ProxyShape
from components.user_list import userlist
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


def test_credentials_stay_with_the_door_unless_the_registry_asks_too() -> None:
    hidden = "http-request del-header Authorization"
    passing = DoorUsers(USERS.userlist, USERS.roles, passes_credentials=True)
    assert hidden in lines_of(None)
    assert hidden not in lines_of(None, passing)
    assert hidden not in lines_of(None, None)


def test_full_front_doors_leave_the_storage_door_its_connections() -> None:
    shape = ProxyShape(front_connections=100)
    assert shape.connections - 2 * 100 >= STORAGE_CONNECTIONS
