"""Logins to a server, from where everything on servers is done."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncssh

_PATIENCE_SECONDS = 8.0
"""For connection, handshake and login together (choice): a server that works answers in a second."""
_SCRIPT_SECONDS = 30.0


@asynccontextmanager
async def logged_in(
    host: str, host_key: str, private_key: str, port: int = 22
) -> "AsyncIterator[asyncssh.SSHClientConnection]":
    """Log in as root, by the operator's key alone and to the pinned host alone; log out at the end.

    Args:
        host: address.
        host_key: pinned, `ssh-ed25519 AAAA...`.
        private_key: the operator's, OpenSSH format.
        port: TCP port.

    Raises:
        OSError: there is no connection; TimeoutError where nothing answers.
        asyncssh.Error: there is no login.
        asyncssh.KeyImportError: one of the keys is none.
    """
    import asyncssh  # half a second, which a stack without helpers does not need

    async with asyncssh.connect(
        host,
        port,
        username="root",
        client_keys=[asyncssh.import_private_key(private_key)],
        known_hosts=([asyncssh.import_public_key(host_key)], [], []),
        agent_path=None,
        config=None,
        connect_timeout=_PATIENCE_SECONDS,
    ) as connection:
        yield connection


async def login_failure(host: str, host_key: str, private_key: str, port: int = 22) -> str:
    """Log in and out again.

    Args:
        host: address.
        host_key: pinned, `ssh-ed25519 AAAA...`.
        private_key: the operator's, OpenSSH format.
        port: TCP port.

    Returns:
        Why the server cannot be worked on; "" where it can.
    """
    return await script_failure(host, host_key, private_key, "", port)


async def script_failure(host: str, host_key: str, private_key: str, script: str, port: int = 22) -> str:
    """Log in, run a script that takes a moment, and log out.

    Args:
        host: address.
        host_key: pinned, `ssh-ed25519 AAAA...`.
        private_key: the operator's, OpenSSH format.
        script: for bash; "" runs nothing.
        port: TCP port.

    Returns:
        Why there is no login, or what the script reports that ended badly; "" where all is well.
    """
    import asyncssh

    try:
        async with logged_in(host, host_key, private_key, port) as connection:
            if not script:
                return ""
            done = await connection.run("bash -s", input=script, timeout=_SCRIPT_SECONDS)
            return "" if done.exit_status == 0 else str(done.stderr).strip() or "the check ended badly"
    except asyncssh.HostKeyNotVerifiable:
        return "shows another host key than the one pinned in the stack"
    except TimeoutError:
        return f"no answer within {_PATIENCE_SECONDS:.0f} s"
    except OSError as error:
        return os.strerror(error.errno) if error.errno else str(error)
    except (asyncssh.Error, asyncssh.KeyImportError) as error:
        return str(error) or type(error).__name__
