"""New passwords of users: where the stack file has them, and how an operator reads them."""

import secrets
import shlex
from collections.abc import Sequence

from operate.rotate.changes import PASSWORD
from operate.rotate.rotation_request import RotationRequest

_BEFORE, _AFTER = 'registryUsers["', '"]'
_PASSWORD_BYTES = 32
"""Beyond trying out, so that the registry may take a quick hash (docs/reference/access.md)."""


def password_path(user: str = "") -> str:
    """Return the path of a user's password in the stack file; of the first user, where none is named."""
    return f"{_BEFORE}{user}{_AFTER}" if user else PASSWORD


def new_passwords(users: Sequence[str], first: str) -> RotationRequest:
    """Return a request with a random password for each user.

    Args:
        users: Names of the users; none means the first user.
        first: Name of the first user.
    """
    names = users or [first]
    paths = [password_path("" if name == first else name) for name in names]
    return RotationRequest(secrets={path: secrets.token_urlsafe(_PASSWORD_BYTES) for path in paths})


def describe_new_passwords(paths: Sequence[str]) -> str:
    """Return what an operator does with random passwords, which nothing has printed; pure.

    Args:
        paths: Paths of the settings that a rotation has written.

    Returns:
        Sentences with whole commands, ENV for the stack; "" where no path is of a password.
    """
    sentences = []
    if PASSWORD in paths:
        sentences.append(
            "`operate login ENV` logs the clients of this machine in as the first user, and"
            " `pulumi stack output password --stack ENV --show-secrets` prints the first user's password."
        )
    for path in paths:
        if path.startswith(_BEFORE):
            user = path.removeprefix(_BEFORE).removesuffix(_AFTER)
            command = f"pulumi config get --path {shlex.quote(path)} --stack ENV"
            sentences.append(f"`{command}` prints the password of {user}.")
    if sentences:
        sentences.append(
            "`pulumi` runs in the checkout's folder; for a stack of `make up`, `make shell` opens a shell"
            " that has it."
        )
    return " ".join(sentences)
