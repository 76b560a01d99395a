"""An unsupported driver is reported before an order."""

from types import SimpleNamespace
from typing import cast, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.catalog.operating_systems import OPERATING_SYSTEMS
from components.server.server import Server
from components.server.storage_driver import StorageDriverArgs
from settings import SettingsError, StorageDriverChoice, parse
from settings.servers.storage_driver import unsupported_reason

CHOICES: tuple[StorageDriverChoice, ...] = get_args(StorageDriverChoice)
CODES = [system.code for system in OPERATING_SYSTEMS]
POSSIBLE = {
    "UBUNTU_14_64": {"auto", "aufs", "devicemapper"},
    "UBUNTU_16_64": {"auto", "aufs", "overlay2", "devicemapper"},
    "UBUNTU_20_64": {"auto", "overlay2"},
    "UBUNTU_24_64": {"auto", "overlay2"},
    "UBUNTU_LATEST": {"auto", "overlay2"},
    "DEBIAN_12_64": {"auto", "overlay2", "devicemapper"},
    "DEBIAN_LATEST_64": {"auto", "overlay2"},
    "CENTOS_7_64": {"auto", "overlay2", "devicemapper"},
    "SOLARIS_11": set(CHOICES),
}


@pytest.mark.parametrize("code", POSSIBLE)
def test_the_choices_of_an_operating_system(code: str) -> None:
    assert {driver for driver in CHOICES if unsupported_reason(driver, code) is None} == POSSIBLE[code]


@pytest.mark.parametrize("code", [*CODES, *POSSIBLE])
@pytest.mark.parametrize("driver", CHOICES)
def test_what_a_refusal_recommends_is_not_refused(code: str, driver: StorageDriverChoice) -> None:
    reason = unsupported_reason(driver, code)
    if reason is None:
        return
    assert "; choose auto or " in reason
    recommended = [choice for choice in CHOICES if choice == reason.rpartition(" ")[2]]
    assert [unsupported_reason(driver, code) for driver in recommended] == [None]


@given(st.sampled_from(CHOICES), st.text())
def test_any_code_is_answered(driver: StorageDriverChoice, code: str) -> None:
    assert unsupported_reason(driver, code) is None or driver != "auto"


def test_the_configuration_is_refused_for_each_server_that_cannot() -> None:
    def server(name: str, os: str) -> dict[str, object]:
        role = "registry" if name == "c" else "client"
        return {"name": name, "os": os, "datacenter": "dal05", "flavor": "B1_2X4X100", "role": role}

    servers = [server("a", "UBUNTU_14_64"), server("b", "UBUNTU_24_64"), server("c", "DEBIAN_12_64")]
    values = {"domain": "registry.example", "sshKeyFile": "key", "servers": servers, "firewall": False}
    assert parse(values).storage_driver == "auto"
    with pytest.raises(SettingsError) as failure:
        parse(values | {"storageDriver": "aufs"})
    lines = str(failure.value).splitlines()[1:]
    assert [line.strip().partition(": its")[0] for line in lines] == [
        "storageDriver: aufs on dal05-b (UBUNTU_24_64)",
        "storageDriver: aufs on dal05-c (DEBIAN_12_64)",
    ]
    assert "choose auto or overlay2" in lines[0]


@pytest.mark.parametrize(
    ("driver", "message"), [("aufs", "aufs on dal05-a: its kernel"), ("zfs", "must be one of auto, aufs")]
)
def test_the_component_refuses_what_was_not_parsed(driver: StorageDriverChoice, message: str) -> None:
    server = cast(Server, SimpleNamespace(name="dal05-a", settings=SimpleNamespace(os="DEBIAN_12_64")))
    with pytest.raises(ValueError, match=message):
        StorageDriverArgs(server, driver)
