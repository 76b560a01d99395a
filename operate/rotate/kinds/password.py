"""Where the stack file has the users' passwords, and how an operator reads a new one; pure."""

import shlex
from collections.abc import Sequence

from operate.rotate.changes import PASSWORD

_BEFORE, _AFTER = 'registryUsers["', '"]'


def password_path(user: str = "") -> str:
    """Return the path of a user's password in the stack file; of the first user, where none is named."""
    return f"{_BEFORE}{user}{_AFTER}" if user else PASSWORD


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
