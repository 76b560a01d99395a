"""The registry's users: names and passwords that the registry and HAProxy can take."""

import re
from collections.abc import Iterator, Mapping

LONGEST_PASSWORD = 72
"""Bytes. bcrypt would cut a longer password silently."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,254}")
_COMMAND = "pulumi config set --secret --path 'softlayer-registry:registryUsers[\"NAME\"]'"


def user_problems(users: Mapping[str, str]) -> list[str]:
    """Return what is wrong with names and passwords, a line each; no password is in them."""
    return [
        *(
            f"the name {name!r} must be letters, digits and . _ -, beginning with a letter or digit"
            for name in users
            if not _NAME.fullmatch(name)
        ),
        *(f"{name!r} has no password" for name, password in users.items() if not password),
        *(
            f"the password of {name!r} has more than {LONGEST_PASSWORD} bytes"
            for name, password in users.items()
            if len(password.encode(errors="surrogatepass")) > LONGEST_PASSWORD
        ),
    ]


def read_users(value: object, problems: list[str]) -> dict[str, str]:
    """Return the users of the setting `registryUsers` by name; what is wrong goes to `problems`.

    `pulumi config set --path registryUsers.jane.doe` nests maps instead of naming a user with a dot; a
    nested map has no other meaning, so its keys are joined with dots again.

    Args:
        value: Value as the stack file has it, decrypted; None where it has none.
        problems: List to which a line is added for each mistake, without any password.
    """
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        problems.append(f"registryUsers: must be an object of names and passwords; {_COMMAND}")
        return {}
    mistakes: list[str] = []
    users: dict[str, str] = {}
    for name, password in flatten_names(value):
        if name in users:
            mistakes.append(f"the user {name!r} is named twice, once by nested maps")
        elif not isinstance(password, str):
            mistakes.append(
                f"the password of {name!r} must be text, got a {_kind(password)}; put it in quotes,"
                f" or set it with {_COMMAND}"
            )
        else:
            users[name] = password
    problems += [f"registryUsers: {mistake}" for mistake in (*mistakes, *user_problems(users))]
    return users


def flatten_names(values: Mapping[object, object], where: str = "") -> Iterator[tuple[str, object]]:
    """Yield users' names with their values; names that a path nested are joined with dots again."""
    for key, value in values.items():
        if isinstance(value, Mapping) and value:
            yield from flatten_names(value, f"{where}{key}.")
        else:
            yield f"{where}{key}", value


def _kind(value: object) -> str:
    """The kind of a value in the words of the stack file; never the value, which may be a password."""
    kinds: tuple[tuple[type | tuple[type, ...], str], ...] = (
        (bool, "truth value"),
        ((int, float), "number"),
        (list, "list"),
        (Mapping, "map"),
    )
    return next((name for kind, name in kinds if isinstance(value, kind)), "null")
