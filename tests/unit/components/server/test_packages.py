"""Packages of servers: upgraded when the stack file says so."""

import pytest

from settings import SettingsError, parse
from settings.servers.maintenance import MaintenanceSettings
from tests.support.stack_settings import MINIMAL


@pytest.mark.parametrize("value", ["now; reboot", "a b", "x" * 65])
def test_an_upgrade_is_named_by_a_word(value: str) -> None:
    with pytest.raises(SettingsError, match="packageUpgrade: must be a text such as a date"):
        parse(MINIMAL | {"packageUpgrade": value})


def test_packages_are_upgraded_only_where_the_stack_file_has_it() -> None:
    assert parse(MINIMAL).maintenance == MaintenanceSettings("", security_updates=False)
    maintenance = parse(MINIMAL | {"packageUpgrade": "2026-11-29", "securityUpdates": True}).maintenance
    assert maintenance == MaintenanceSettings("2026-11-29", security_updates=True)
