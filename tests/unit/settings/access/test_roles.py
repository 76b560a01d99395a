"""Roles and limits in the stack file: what they default to, and every mistake at once."""

import pytest

from settings import DEFAULT_DOOR_LIMITS, SettingsError, parse
from settings.access.roles import role_problems
from tests.support.stack_settings import MINIMAL


def test_roles_are_by_name_and_dots_of_names_may_be_nested() -> None:
    settings = parse(MINIMAL | {"registryRoles": {"bob": "reader", "jane": {"doe": "admin"}}})
    assert settings.access.roles == {"bob": "reader", "jane.doe": "admin"}
    assert parse(MINIMAL).access.roles == {}


@pytest.mark.parametrize("role", ["owner", "Reader", 1, None, ["reader"]])
def test_an_unknown_role_is_refused(role: object) -> None:
    with pytest.raises(SettingsError, match=r"registryRoles\.bob: must be one of reader, writer, admin"):
        parse(MINIMAL | {"registryRoles": {"bob": role}})


def test_a_role_is_of_a_user_and_the_first_user_is_an_admin() -> None:
    assert role_problems({"bob": "reader", "docker": "admin"}, "docker", {"bob": "x"}) == []
    unknown, first = role_problems({"eve": "writer", "docker": "reader"}, "docker", {"bob": "x"})
    assert unknown == "registryRoles.eve: eve must be a name in registryUsers"
    assert first.startswith("registryRoles.docker: the first user (registryUser) must be admin")


def test_the_limits_of_doors_are_read() -> None:
    limits = parse(MINIMAL | {"doorAddressConnections": 5, "doorFailedLogins": 3}).access.limits
    assert (limits.address_connections, limits.failed_logins) == (5, 3)
    assert limits.connections == DEFAULT_DOOR_LIMITS.connections
    with pytest.raises(SettingsError, match="doorConnections: must be between 16 and 10000, not 8"):
        parse(MINIMAL | {"doorConnections": 8})
