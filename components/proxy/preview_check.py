"""What front doors are asked past the state: whether they would refuse the update, or to permit it."""

from collections.abc import Sequence

from components.remote.login import log_in


async def door_refusal(
    host: str, host_key: str, private_key: str, words: Sequence[str], text: str, port: int = 22
) -> str:
    """Run a script that changes nothing which the state has, and return why it refuses.

    Args:
        host: Address of the server.
        host_key: Pinned host key, `ssh-ed25519 AAAA...`.
        private_key: The operator's private key, OpenSSH format.
        words: Arguments of the script.
        text: The script, and what it reads after itself.
        port: TCP port.

    Returns:
        What it says on standard error where it fails; "" where it agrees, or the server does not answer,
        which the update finds out.
    """
    return (await log_in(host, host_key, private_key, text, words, port)).complaint
