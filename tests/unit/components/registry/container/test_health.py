"""How a registry's health is waited for: times as Docker writes them, and a login."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.registry.container.health import StorageLogin
from components.registry.container.shape import duration

LOGIN = StorageLogin("http://storage.example:8080/auth/v1.0", "SLOS1-1:SL1", "docker", 'k3y"\\')


@given(st.integers(0, 3599))
def test_a_time_is_as_it_was(seconds: int) -> None:
    minutes, _, rest = duration(seconds).rpartition("m")
    assert int(minutes or 0) * 60 + int(rest.removesuffix("s")) == seconds
    assert minutes != "0"


def test_a_login_is_four_lines_and_its_key_does_not_show() -> None:
    assert LOGIN.lines.splitlines() == [LOGIN.url, LOGIN.user, LOGIN.container, LOGIN.key]
    assert LOGIN.key not in repr(LOGIN)
    assert StorageLogin().lines == "\n\n\n\n"
    with pytest.raises(ValueError, match="key must have no line break"):
        StorageLogin(key="a\nb")
