"""The variable by which the provider believes a host key, for one command."""

import os

import pytest

from operate.servers.host_keys.accepted_keys import ACCEPT_HOST_KEYS, accepted_host_keys


@pytest.mark.parametrize(("before", "value"), [("", "7,8=SHA256:x"), ("3", "3,7,8=SHA256:x")])
def test_keys_are_believed_for_one_command(monkeypatch: pytest.MonkeyPatch, before: str, value: str) -> None:
    monkeypatch.delenv(ACCEPT_HOST_KEYS, raising=False)
    if before:
        monkeypatch.setenv(ACCEPT_HOST_KEYS, before)
    with accepted_host_keys({"7": "", "8": "SHA256:x"}):
        assert os.environ[ACCEPT_HOST_KEYS] == value
    assert os.environ.get(ACCEPT_HOST_KEYS, "") == before


def test_where_nobody_is_vouched_for_nothing_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ACCEPT_HOST_KEYS, raising=False)
    with accepted_host_keys({}):
        assert ACCEPT_HOST_KEYS not in os.environ
