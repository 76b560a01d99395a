"""Operating systems on which nothing could be installed are refused before an order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settings import SettingsError, parse
from settings.operating_system import WORKING, system_problem
from tests.support.stack_settings import MINIMAL, SERVER


@pytest.mark.parametrize(
    "code",
    [*WORKING, "UBUNTU_LATEST", "UBUNTU_LATEST_64", "DEBIAN_LATEST_64", "UBUNTU_26_64"],
)
def test_systems_with_apt_and_docker_are_taken(code: str) -> None:
    assert system_problem(code, has_front_doors=True) is None


@pytest.mark.parametrize("code", ["UBUNTU_14_64", "UBUNTU_16_64", "UBUNTU_18_64", "DEBIAN_10_64"])
def test_an_old_haproxy_is_enough_for_a_client_alone(code: str) -> None:
    assert system_problem(code, has_front_doors=False) is None
    assert f"{code} has HAProxy 1." in (system_problem(code, has_front_doors=True) or "")
    servers = [SERVER, SERVER | {"name": "b", "os": code, "role": "client"}]
    assert parse(MINIMAL | {"servers": servers, "firewall": False}).servers[1].os == code


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("CENTOS_7_64", "has no apt"),
        ("REDHAT_8_64", "has no apt"),
        ("ROCKYLINUX_9_64", "has no apt"),
        ("WIN_2019-STD_64", "has no apt"),
        ("CLOUDLINUX_8_64", "has no apt"),
        ("UBUNTU_14_32", "has 32 bits"),
        ("DEBIAN_9_64", "has no package docker.io"),
    ],
)
def test_others_are_refused_with_those_that_work(code: str, reason: str) -> None:
    problem = system_problem(code, has_front_doors=False) or ""
    assert f"{code} {reason}" in problem
    assert all(working in problem for working in WORKING)


@pytest.mark.parametrize(
    ("code", "nearest"),
    [("UBUNTU_24", "is UBUNTU_24_64;"), ("DEBIAN_12", "is DEBIAN_12_64;"), ("UBUNTU", "are ")],
)
def test_a_code_that_is_cut_off_is_answered_with_the_nearest(code: str, nearest: str) -> None:
    problem = system_problem(code, has_front_doors=False) or ""
    assert problem.startswith(f"must be an operating system reference code, got {code!r}; nearest {nearest}")


def test_every_server_is_named() -> None:
    servers = [SERVER | {"name": name, "os": os} for name, os in (("a", "CENTOS_7_64"), ("b", "WIN_2022_64"))]
    with pytest.raises(SettingsError) as failure:
        parse(MINIMAL | {"servers": servers})
    assert "\n  servers[0].os: dal05-a: CENTOS_7_64 has no apt" in str(failure.value)
    assert "\n  servers[1].os: dal05-b: WIN_2022_64 has no apt" in str(failure.value)


@pytest.mark.parametrize("setting", ["firewall", "securityUpdates"])
def test_what_systemd_would_run_is_refused_on_a_client_without_it(setting: str) -> None:
    client = SERVER | {"name": "old", "os": "UBUNTU_14_64", "role": "client"}
    values = MINIMAL | {"servers": [SERVER, client], "firewall": False}
    assert parse(values).servers
    with pytest.raises(SettingsError) as failure:
        parse(values | {setting: True})
    assert f"\n  {setting}: must be false where a server has no systemd" in str(failure.value)
    assert "dal05-old (UBUNTU_14_64)" in str(failure.value)
    newer = client | {"os": "UBUNTU_16_64"}
    assert parse(values | {setting: True, "servers": [SERVER, newer]}).servers


@given(st.text())
def test_any_code_is_answered(code: str) -> None:
    problem = system_problem(code, has_front_doors=True)
    assert problem is None or problem.endswith("and on newer ones")
