"""Asks a server's doors in a preview what they would say in the update."""

import shlex
from collections.abc import Sequence

from components.login import logged_in

_ANSWER_SECONDS = 8.0
"""For the script's answer (choice)."""


async def door_refusal(
    host: str, host_key: str, private_key: str, words: Sequence[str], text: str, port: int = 22
) -> str:
    """Run a script that changes nothing, and return why it refuses.

    Args:
        host: address of the server.
        host_key: pinned, `ssh-ed25519 AAAA...`.
        private_key: the operator's, OpenSSH format.
        words: arguments of the script.
        text: the script, and what it reads after itself.
        port: TCP port.

    Returns:
        What it says on standard error where it fails; "" where it agrees, or the server does not answer,
        which the update finds out.
    """
    import asyncssh  # half a second, which an update does not need

    try:
        async with logged_in(host, host_key, private_key, port) as connection:
            done = await connection.run(
                f"bash -s -- {shlex.join(words)}", input=text, timeout=_ANSWER_SECONDS, check=False
            )
    except (TimeoutError, OSError, asyncssh.Error, asyncssh.KeyImportError):
        return ""
    return str(done.stderr).strip() if done.exit_status else ""
