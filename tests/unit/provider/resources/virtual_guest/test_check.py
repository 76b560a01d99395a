"""Check: every error at once, with property paths; unknown values pass."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provider.resources.ssh_key import SshKey
from provider.resources.storage.container import ObjectStorageContainer
from provider.resources.virtual_guest.fields import FIELDS
from provider.resources.virtual_guest.server import VirtualGuest
from provider.values import UNKNOWN, Properties, Value
from tests.support.provider.guest_inputs import GOOD, KEY, URN
from tests.support.provider.provider_session import session


def failures(news: Properties) -> dict[str, str]:
    return {
        failure.path: failure.reason for failure in VirtualGuest().check(session(), URN, {}, news).failures
    }


def test_good_inputs_pass_with_defaults_and_a_token() -> None:
    checked = VirtualGuest().check(session(), URN, {}, GOOD)
    assert checked.failures == ()
    assert checked.inputs["hourly"] is True
    assert checked.inputs["privateNetworkOnly"] is False
    assert checked.inputs["probeSsh"] is True
    token = checked.inputs["orderToken"]
    assert isinstance(token, str)
    assert len(token) == 8


def test_every_error_is_reported_at_once() -> None:
    problems = failures(
        {
            "hostname": "-web",
            "domain": "exa mple",
            "osCode": 5,
            "hourly": "yes",
            "cpus": 0,
            "disks": [25, -1],
            "networkSpeed": 55,
            "tags": ["ok", "n,ot"],
            "postInstallScriptUri": "http://example.com/x.sh",
            "datacentre": "dal05",
        }
    )
    assert set(problems) == {
        "hostname",
        "domain",
        "datacenter",
        "osCode",
        "hourly",
        "cpus",
        "memory",
        "disks[1]",
        "networkSpeed",
        "tags[1]",
        "postInstallScriptUri",
        "datacentre",
    }
    assert problems["datacenter"] == "is required"
    assert "did you mean datacenter?" in problems["datacentre"]


@pytest.mark.parametrize(
    ("extra", "path"),
    [
        ({"flavor": "B1_2X4X25"}, "cpus"),
        ({"cpus": None, "memory": None}, "flavor"),
        ({"memory": None}, "memory"),
        ({"memory": 1000}, "memory"),
        ({"memory": True}, "memory"),
        ({"hostname": "a" * 55}, "hostname"),
        ({"hostname": "a.b"}, "hostname"),
        ({"disks": []}, "disks"),
        ({"disks": [25] * 6}, "disks"),
        ({"disks": 25}, "disks"),
        ({"sshKeyIds": [0]}, "sshKeyIds[0]"),
        ({"sshKeyIds": [7, 7]}, "sshKeyIds[1]"),
        ({"tags": ["a", "b", "a"]}, "tags[2]"),
        ({"tags": ["order-delivered"]}, "tags[0]"),
        ({"notes": "x" * 1001}, "notes"),
        ({"userData": {"a": "b"}}, "userData"),
    ],
)
def test_one_error_is_found_where_it_is(extra: dict[str, Value], path: str) -> None:
    assert path in failures({**GOOD, **extra})


def test_flavor_excludes_what_it_decides() -> None:
    problems = failures({**GOOD, "flavor": "B1_2X4X25", "localDisk": True})
    assert set(problems) == {"cpus", "memory", "localDisk"}


def test_longest_hostname_leaves_room_for_the_token() -> None:
    assert failures({**GOOD, "hostname": "a" * 54}) == {}


@given(
    st.sets(
        st.sampled_from(["hostname", "domain", "datacenter", "osCode", "cpus", "memory", "disks", "tags"])
    )
)
def test_unknown_values_never_fail(names: set[str]) -> None:
    assert failures({**GOOD, **dict.fromkeys(names, UNKNOWN)}) == {}


def test_unknown_items_never_fail() -> None:
    assert failures({**GOOD, "sshKeyIds": [UNKNOWN, 5], "tags": [UNKNOWN, UNKNOWN]}) == {}


anything: st.SearchStrategy[Value] = st.recursive(
    st.booleans() | st.integers() | st.text() | st.just(UNKNOWN) | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=5,
)


@given(
    st.dictionaries(
        st.sampled_from([field.name for field in FIELDS]) | st.text(min_size=1), anything, max_size=6
    )
)
def test_any_input_is_judged_without_a_crash(news: dict[str, Value]) -> None:
    problems = failures({**GOOD, **news})
    assert {re.sub(r"\[\d+\]$", "", path) for path in problems} <= set(news) | set(GOOD)
    field_names = {field.name for field in FIELDS} | {"orderToken"}
    assert set(news) - field_names <= set(problems)


@pytest.mark.parametrize(
    ("line", "good"),
    [
        (KEY, True),
        ("ssh-ed25519 not-base64", False),
        ("-----BEGIN OPENSSH PRIVATE KEY-----", False),
        (KEY.replace("ssh-ed25519", "ssh-rsa"), False),
        ("", False),
    ],
)
def test_public_keys(line: str, good: bool) -> None:
    checked = SshKey().check(session(), URN, {}, {"label": "l", "publicKey": line})
    assert (checked.failures == ()) is good


def test_container_errors() -> None:
    checked = ObjectStorageContainer().check(
        session(), URN, {}, {"authUrl": "ftp://x", "username": "", "key": "k", "name": "a/b"}
    )
    assert {failure.path for failure in checked.failures} == {"authUrl", "username", "name"}
