"""Logins to a server, from where everything on servers is done."""

import asyncio
import os
import shlex
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncssh

_PATIENCE_SECONDS = 8.0
"""For connection, handshake and login together (choice): a server that works answers in a second."""
_SCRIPT_SECONDS = 30.0
_PROMPT_SECONDS, _PAUSE_SECONDS = 4.0, 2.0
"""A refusal within so many seconds is tried again, after a pause (choices)."""


@dataclass(frozen=True)
class Login:
    """What a login came to.

    Attributes:
        failure: Why the server cannot be worked on; "" where it can.
        output: Output of the script; "" where the script failed, too.
        complaint: Message of a script that failed; "" where it succeeded.
    """

    failure: str = ""
    output: str = ""
    complaint: str = ""

    @property
    def problem(self) -> str:
        """Why there is no login, or what the script reported; "" where all is well."""
        return self.failure or self.complaint


async def log_in(
    host: str, host_key: str, private_key: str, script: str = "", words: Sequence[str] = (), port: int = 22
) -> Login:
    """Log in, run a script if there is one, and log out again.

    Args:
        host: Address of the server.
        host_key: Pinned host key, `ssh-ed25519 AAAA...`.
        private_key: The operator's private key, OpenSSH format.
        script: Script for bash, and what it reads after itself; short, and changes nothing of the state.
        words: Arguments of the script.
        port: TCP port.
    """
    import asyncssh  # half a second, which a stack without helpers does not need

    try:
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
            return await _run(connection, script, words) if script else Login()
    except asyncssh.HostKeyNotVerifiable:
        return Login("shows another host key than the one pinned in the stack")
    except TimeoutError:
        return Login(f"no answer within {_PATIENCE_SECONDS:.0f} s")
    except OSError as error:
        return Login(os.strerror(error.errno) if error.errno else str(error))
    except (asyncssh.Error, asyncssh.KeyImportError) as error:
        return Login(str(error) or type(error).__name__)


async def log_in_twice(host: str, host_key: str, private_key: str) -> Login:
    """Log in and out again; another time where the server refused at once, since its sshd may be starting.

    Args:
        host: Address of the server.
        host_key: Pinned host key, `ssh-ed25519 AAAA...`.
        private_key: The operator's private key, OpenSSH format.
    """
    started_at = time.monotonic()
    login = await log_in(host, host_key, private_key)
    if not login.failure or time.monotonic() - started_at > _PROMPT_SECONDS:
        return login
    await asyncio.sleep(_PAUSE_SECONDS)
    return await log_in(host, host_key, private_key)


async def _run(connection: "asyncssh.SSHClientConnection", script: str, words: Sequence[str]) -> Login:
    command = shlex.join(["bash", "-s", "--", *words])
    try:
        completed = await connection.run(command, input=script, timeout=_SCRIPT_SECONDS)
    except TimeoutError:
        return Login(f"its check did not end within {_SCRIPT_SECONDS:.0f} s")
    if completed.exit_status is None:
        return Login("the connection broke")
    if completed.exit_status:
        return Login(complaint=str(completed.stderr).strip() or "the check ended badly")
    return Login(output=str(completed.stdout))
