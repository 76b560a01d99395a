"""What distribution is told."""

import bcrypt
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from components.registry_config import SwiftStorage, configuration, htpasswd

STORAGE = SwiftStorage("http://10.0.0.1:8080/auth/v1.0", "SLOS1-1:SL1", "k: #'\n", "docker", "t")


def test_storage_and_secrets_survive_the_yaml() -> None:
    parsed = yaml.safe_load(configuration(STORAGE, "s"))
    swift = parsed["storage"]["swift"]
    assert swift["password"] == STORAGE.key
    assert swift["authversion"] == 1
    assert swift["secretkey"] == STORAGE.temp_url_key
    assert parsed["http"]["secret"] == "s"
    assert parsed["http"]["draintimeout"] == "60s"
    assert parsed["health"]["storagedriver"]["enabled"]


@given(st.text(min_size=1, max_size=18).filter(lambda text: "\0" not in text))
@settings(max_examples=5, deadline=None)
def test_htpasswd_accepts_its_password_and_no_other(password: str) -> None:
    line = htpasswd("docker", password, "secret")
    user, hashed = line.strip().split(":", 1)
    assert user == "docker"
    assert bcrypt.checkpw(password.encode(), hashed.encode())
    assert not bcrypt.checkpw(f"{password}x".encode(), hashed.encode())
    assert line == htpasswd("docker", password, "secret")


def test_a_password_that_bcrypt_would_cut_is_refused() -> None:
    with pytest.raises(ValueError, match="72 bytes"):
        htpasswd("docker", "x" * 73, "secret")
