"""Roles of the registry's users: what the front door lets each of them do."""

from collections.abc import Collection, Mapping
from typing import Literal, cast, get_args

from settings.access.users import flatten_names
from settings.reader import Reader

Role = Literal["reader", "writer", "admin"]
"""A reader pulls, a writer also pushes, an admin also deletes manifests and blobs."""

DEFAULT_ROLE: Role = "writer"
_KEY = "registryRoles"


def read_roles(reader: Reader) -> Mapping[str, Role]:
    """Return the roles of the setting `registryRoles` by the users' names."""
    roles: dict[str, Role] = {}
    for name, role in flatten_names(reader.take(_KEY, dict)):
        if role not in get_args(Role):
            reader.report(f"{_KEY}.{name}", f"must be one of {', '.join(get_args(Role))}, not {role!r}")
        elif name in roles:
            reader.report(f"{_KEY}.{name}", "must be set once, is set twice, once by nested maps")
        else:
            roles[name] = cast(Role, role)
    return roles


def role_problems(roles: Mapping[str, Role], first: str, users: Collection[str]) -> list[str]:
    """Return what is wrong with the roles of users, a line each.

    Args:
        roles: Roles by name.
        first: Name of the first user, who verifies the registry and therefore is an admin.
        users: Names of the further users.
    """
    unknown = sorted(set(roles) - {first, *users})
    problems = [f"{_KEY}.{name}: {name} must be a name in registryUsers" for name in unknown]
    if roles.get(first, "admin") != "admin":
        problems.append(
            f"{_KEY}.{first}: the first user (registryUser) must be admin, since `pulumi up` and"
            " `operate` work as that user; name another user for clients"
        )
    return problems
