"""The list of users as HAProxy reads it, as a pure function."""

from collections.abc import Mapping

from components.access.password_hash import password_hash
from settings.access.users import user_problems

# 2 to 4 ms, measured; HAProxy does nothing else in that time, and does so for every request.
_USERLIST_COST = 5


def _checked(users: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the users in order of their names.

    Raises:
        ValueError: A name or a password cannot be used; names every one, and no password.
    """
    if problems := user_problems(users):
        raise ValueError(
            f"users of the registry: {'; '.join(problems)}; pulumi config set --secret registryUsers"
        )
    return sorted(users.items())


def userlist(name: str, users: Mapping[str, str], secret: str) -> str:
    """Return HAProxy's section `userlist users-NAME`; the same users give the same text.

    bcrypt, which the C library of Debian 11 and Ubuntu 20.04 and of all since knows (libxcrypt).

    Raises:
        ValueError: A name or a password cannot be used.
    """
    lines = [
        f"  user {user} password {password_hash(password, secret, f'userlist {user}', _USERLIST_COST)}"
        for user, password in _checked(users)
    ]
    return "\n".join((f"userlist users-{name}", *lines, ""))
