"""Users in the stack file: as `pulumi config set` writes them, and every mistake without its password."""

import pytest
from hypothesis import given

from settings.access.users import read_users, user_problems
from tests.support.stack_settings import JSON


def read(value: object) -> tuple[dict[str, str], list[str]]:
    problems: list[str] = []
    return read_users(value, problems), problems


def test_a_name_with_dots_that_the_path_nested_is_joined_again() -> None:
    users = {"jane": {"doe": {"ci": "hidden"}}, "bob": "open", "a.b": "c"}
    assert read(users) == ({"jane.doe.ci": "hidden", "bob": "open", "a.b": "c"}, [])
    assert read(None) == ({}, [])


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"bob": 271828}, "the password of 'bob' must be text, got a number; put it in quotes"),
        ({"bob": 27.1828}, "the password of 'bob' must be text, got a number"),
        ({"bob": True}, "the password of 'bob' must be text, got a truth value"),
        ({"bob": None}, "the password of 'bob' must be text, got a null"),
        ({"bob": ["hidden"]}, "the password of 'bob' must be text, got a list"),
        ({"jane": {"doe": {}}}, "the password of 'jane.doe' must be text, got a map"),
        ({"jane": {"doe": "hidden"}, "jane.doe": "hidden"}, "'jane.doe' is named twice"),
        (["hidden"], "must be an object of names and passwords"),
        ("hidden", "must be an object of names and passwords"),
        ({"a:b": "hidden"}, "the name 'a:b' must be letters"),
        ({"bob": ""}, "'bob' has no password"),
        ({"bob": "ä" * 37}, "more than 72 bytes"),
    ],
)
def test_what_cannot_be_used_is_named_without_the_password(value: object, message: str) -> None:
    _, problems = read(value)
    assert len(problems) == 1
    assert problems[0].startswith("registryUsers: ")
    assert message in problems[0]
    assert not any(secret in problems[0] for secret in ("hidden", "2718", "27.18", "ä"))


def test_every_mistake_is_reported_at_once() -> None:
    _, problems = read({"a b": "x", "c": 1, "d": ""})
    assert len(problems) == 3


@given(JSON)
def test_any_value_is_users_or_a_problem(value: object) -> None:
    users, problems = read(value)
    assert problems or not user_problems(users)
