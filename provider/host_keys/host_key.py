"""Reads the SSH host key that a server shows, which is not believed by that (`host_contact`)."""

import asyncio

from provider.cancellation_token import CancellationToken
from provider.errors import WaitTimeoutError

PREFERRED = ("ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-512", "ssh-rsa")
FIRST_PAUSE = 0.3
LONGEST_PAUSE = 5.0
ONE_TRY = 15.0


async def read_host_key(address: str, seconds: float, stop: CancellationToken, port: int = 22) -> str:
    """Wait until sshd answers, and read the key it proves to own; ed25519 where it has one.

    Nothing vouches for the key but the network's way to the server: whoever stands between shows another one.
    It is for the operator to compare, or to trust.

    Args:
        address: Address as a dotted quad.
        seconds: Seconds for which to try.
        stop: Stop that ends the wait on Cancel.
        port: TCP port of sshd.

    Returns:
        `ssh-ed25519 AAAA...`, without a comment.

    Raises:
        WaitTimeoutError: No sshd answered in time.
        CancelledError: Cancel came.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    pause = FIRST_PAUSE
    trouble = "no answer"
    while loop.time() < deadline:
        try:
            key = await stop.race(asyncio.wait_for(_once(address, port), ONE_TRY))
        except (OSError, TimeoutError) as error:
            trouble = str(error) or type(error).__name__
        else:
            if key:
                return key
            trouble = "the SSH handshake failed"
        await stop.sleep(pause)
        pause = min(pause * 1.5, LONGEST_PAUSE)
    raise WaitTimeoutError(
        f"sshd at {address}:{port} did not answer within {seconds:.0f} s ({trouble}). Is the address "
        "reachable from here and port 22 open? Set probeSsh to false for servers without sshd."
    )


def fingerprint(host_key: str) -> str:
    """Return the fingerprint of a key as `ssh-keygen -lf` shows it."""
    import asyncssh

    return str(asyncssh.import_public_key(host_key).get_fingerprint())


async def _once(address: str, port: int) -> str:
    import asyncssh

    for algorithm in PREFERRED:
        try:
            key = await asyncssh.get_server_host_key(
                address, port, server_host_key_algs=[algorithm], config=None
            )
        except asyncssh.KeyExchangeFailed:
            continue
        except asyncssh.Error as error:
            raise OSError(str(error)) from error
        if key is not None:
            return " ".join(key.export_public_key("openssh").decode().split()[:2])
    return ""
