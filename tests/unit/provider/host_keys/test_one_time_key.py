"""One-time host keys: what goes to a server by user data, and what its image makes of it."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from cloud.machines.cloud_config import host_key_files, runs_cloud_init
from provider.host_keys.one_time_key import MARK, OneTimeKey, generate_one_time_key, public_half
from settings import takes_user_data

KEY = generate_one_time_key()


def test_the_user_data_are_cloud_config_with_one_host_key() -> None:
    lines = KEY.user_data.splitlines()
    assert lines[0] == "#cloud-config"
    content = yaml.safe_load(KEY.user_data)
    assert content["disable_root"] is False
    assert content["ssh_keys"] == {"ecdsa_private": KEY.private, "ecdsa_public": f"{KEY.public} {MARK}"}


def test_the_image_makes_it_the_server_s_key() -> None:
    files = {file.path: file.content for file in host_key_files(KEY.user_data)}
    assert files == {
        "etc/ssh/ssh_host_ecdsa_key": KEY.private,
        "etc/ssh/ssh_host_ecdsa_key.pub": f"{KEY.public} {MARK}",
    }


def test_the_public_half_is_found_in_what_the_account_has() -> None:
    assert public_half(KEY.user_data) == KEY.public
    assert public_half(f"{KEY.user_data}\n") == KEY.public
    assert public_half("") == ""
    assert public_half(KEY.user_data.replace(MARK, "another")) == ""


def test_a_key_is_never_shown_and_never_the_same() -> None:
    assert KEY.private not in repr(KEY)
    assert repr(KEY).startswith("OneTimeKey(public='ecdsa-sha2-nistp256 ")
    assert generate_one_time_key() != KEY
    assert isinstance(KEY, OneTimeKey)


@given(st.text() | st.text().map(lambda text: f"#cloud-config\n{text}"))
def test_other_user_data_give_no_host_key(text: str) -> None:
    assert list(host_key_files(text)) == [] or "ssh_keys" in text


@pytest.mark.parametrize(
    "text",
    [
        KEY.user_data.removeprefix("#cloud-config\n"),
        f" {KEY.user_data}",
        "#cloud-config\nssh_keys: [ecdsa_private]\n",
        "#cloud-config\nssh_keys: {ecdsa_private: 1, dsa_secret: x, ../x_private: y}\n",
        "#!/bin/sh\n",
    ],
)
def test_what_cloud_init_would_not_take_is_not_taken(text: str) -> None:
    assert list(host_key_files(text)) == []


@pytest.mark.parametrize(
    ("code", "takes"),
    [
        ("UBUNTU_14_64", False), ("UBUNTU_16_64", True), ("UBUNTU_24_64", True), ("UBUNTU_LATEST", True),
        ("UBUNTU_LATEST_64", True), ("DEBIAN_9_64", False), ("DEBIAN_12_64", True), ("CENTOS_7_64", False),
        ("WIN_2019-STD_64", False),
    ],
)  # fmt: skip
def test_program_and_local_cloud_agree_on_what_takes_user_data(code: str, *, takes: bool) -> None:
    assert (takes_user_data(code), runs_cloud_init(code)) == (takes, takes)
