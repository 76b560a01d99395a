"""The access to both ends, from a stack's outputs."""

import pytest

from operate.error import OperateError
from operate.migration.access import access
from operate.migration.stack_access import values_from_outputs

VALUES = {
    "auth_url": "https://dal05.objectstorage.softlayer.net/auth/v1.0",
    "username": "SLOS1-1:SL1",
    "key": "swift-secret",
    "container": "docker",
    "endpoint": "https://registry:5000",
    "user": "pusher",
    "password": "registry-secret",
}
OUTPUTS = {
    "operate": {
        "swift": {
            key: VALUES[name]
            for key, name in (("authUrl", "auth_url"), ("username", "username"), ("key", "key"))
        },
        "legacy": {"container": "docker"},
        "registry": {"endpoint": VALUES["endpoint"], "user": "pusher", "password": "registry-secret"},
        "storageOrigins": ["http://127.0.0.1:509", "https://s3.example.com"],
    }
}


def test_a_stack_tells_both_ends() -> None:
    values = values_from_outputs(OUTPUTS)
    assert values == {**VALUES, "storage_origins": "https://s3.example.com"}
    origins = access(values).registry.storage_origins
    assert origins == ("https://dal05.objectstorage.softlayer.net", "https://s3.example.com")
    assert access(VALUES).swift.storage_path == "/registry"


@pytest.mark.parametrize(
    "outputs", [{}, {"operate": None}, {"operate": {"swift": "?"}}, {"operate": {"swift": {"key": 1}}}]
)
def test_what_a_stack_does_not_tell_is_absent(outputs: dict[str, object]) -> None:
    assert values_from_outputs(outputs) == {}


def test_all_that_is_missing_is_named_at_once() -> None:
    with pytest.raises(OperateError) as refused:
        access({"user": "pusher", "container": "docker"})
    words = str(refused.value)
    assert all(option in words for option in ("--auth-url", "--key-file", "--registry", "--password-file"))
    assert "--user " not in words
    assert "--container" not in words


@pytest.mark.parametrize(
    ("endpoint", "words"),
    [
        ("registry:5000", "https://HOST:PORT"),
        ("http://registry:5000", "readable"),
        ("ftp://registry", "https://HOST:PORT"),
        ("https://registry:port", "https://HOST:PORT"),
        ("https://registry:70000", "https://HOST:PORT"),
    ],
)
def test_an_endpoint_that_would_give_the_password_away_is_refused(endpoint: str, words: str) -> None:
    with pytest.raises(OperateError, match=words):
        access(VALUES | {"endpoint": endpoint})


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:5000", "http://localhost:5000", "http://[::1]:5000"])
def test_the_loopback_may_be_plain(endpoint: str) -> None:
    assert access(VALUES | {"endpoint": endpoint}).registry.endpoint == endpoint


def test_secrets_are_in_no_representation() -> None:
    representation = repr(access(VALUES))
    assert "swift-secret" not in representation
    assert "registry-secret" not in representation


def test_the_journals_name_is_that_of_the_ends() -> None:
    names = [access(VALUES | change).name for change in ({}, {"password": "other"}, {"container": "other"})]
    assert names[0] == names[1] != names[2]
