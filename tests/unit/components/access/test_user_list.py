"""Users at a door: everybody's password opens, nobody's line changes without need, nonsense is refused."""

import bcrypt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.access.user_list import userlist
from tests.support.campaign import examples

SECRET = "ab" * 32
USERS = st.dictionaries(
    st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,20}", fullmatch=True),
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=18),
    min_size=1,
    max_size=2,
)


@given(USERS)
@settings(max_examples=examples(full=20, sample=3))
def test_each_password_opens_and_no_other(users: dict[str, str]) -> None:
    listed = [line.split() for line in userlist("legacy", users, SECRET).splitlines()]
    assert listed[0] == ["userlist", "users-legacy"]
    hashes = {words[1]: words[3] for words in listed[1:]}
    assert set(hashes) == set(users)
    for name, password in users.items():
        assert bcrypt.checkpw(password.encode(), hashes[name].encode())
        assert not bcrypt.checkpw(f"{password}x".encode(), hashes[name].encode())


def test_one_users_change_leaves_the_others_lines() -> None:
    _, *before = userlist("x", {"a": "one", "b": "two"}, SECRET).splitlines()
    _, *after = userlist("x", {"b": "two", "a": "other", "c": "three"}, SECRET).splitlines()
    assert after[1] == before[1]
    assert after[0] != before[0]
    assert len({line.split("$")[3][:22] for line in after}) == 3


@pytest.mark.parametrize(
    ("users", "message"),
    [
        ({"a:b": "hidden"}, "the name 'a:b'"),
        ({"a\nb": "hidden"}, "the name"),
        ({"a": ""}, "'a' has no password"),
        ({"a": "ä" * 37}, "more than 72 bytes"),
    ],
)
def test_what_cannot_be_used_is_named_without_the_password(users: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match="users of the registry") as refused:
        userlist("x", users, SECRET)
    assert message in str(refused.value)
    assert "hidden" not in str(refused.value)


def test_nobody_is_an_empty_list() -> None:
    assert userlist("x", {}, SECRET) == "userlist users-x\n"
