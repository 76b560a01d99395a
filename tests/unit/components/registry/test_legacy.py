"""The legacy container as data."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.registry.container.shape import PublishedPort
from components.registry.legacy import CONTEXT, legacy_container
from components.storage.legacy_storage import LegacyStorage

STORAGE = LegacyStorage("http://10.0.0.1/auth/v1.0", "SLOS1-1:SL1", "k3y of the account", "docker")


def test_the_articles_dockerfile_is_kept_to_the_letter() -> None:
    config = "/docker-registry/config/config_sample.yml"
    assert (CONTEXT / "Dockerfile").read_text().splitlines() == [
        "FROM registry:0.7.3",
        "RUN pip install docker-registry-driver-swift==0.0.1",
        rf"RUN sed -i '91i\    swift_auth_version: _env:OS_AUTH_VERSION' {config}",
    ]


def test_the_articles_settings_are_there_by_their_names() -> None:
    container = legacy_container(STORAGE, 8)
    assert container.environment == {
        "SETTINGS_FLAVOR": "swift",
        "OS_AUTH_URL": "http://10.0.0.1/auth/v1.0",
        "OS_AUTH_VERSION": "1",
        "OS_USERNAME": "SLOS1-1:SL1",
        "OS_CONTAINER": "docker",
        "GUNICORN_WORKERS": "8",
        "LOGLEVEL": "warning",
        "PYTHONPATH": "/usr/local/lib/registry-driver",
    }
    assert container.port == PublishedPort(5000, "127.0.0.1", 5000)


@given(st.text(st.characters(codec="utf-8", exclude_characters="\n\r\0"), min_size=1, max_size=80))
def test_the_command_passes_on_whatever_password_and_nothing_shows_it(password: str) -> None:
    container = legacy_container(replace(STORAGE, password=f"<{password}>"), 8)
    secret = [file for file in container.files if file.path == "/etc/docker-registry/os-password"]
    assert [file.mode for file in secret] == ["0444"]
    assert [file.content for file in secret] == [f"<{password}>"]
    without_secrets = replace(container, files=tuple(file for file in container.files if file.mode != "0600"))
    assert f"<{password}>" not in repr(without_secrets)


@pytest.mark.parametrize("character", ["\n", "\r", "\0"])
def test_a_password_that_a_variable_cannot_carry_is_refused(character: str) -> None:
    with pytest.raises(ValueError, match="line break or a zero byte") as refused:
        legacy_container(replace(STORAGE, password=f"secret{character}"), 8)
    assert "secret" not in str(refused.value)
