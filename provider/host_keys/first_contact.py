"""First login to a server, at which its host key is made.

The server proves a one-time key (`one_time_key`), the operator logs in, and the server makes a fresh
key of its own, which a second login proves.
"""

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from provider.cancellation_token import CancellationToken
from provider.errors import FirstContactError, WaitTimeoutError
from provider.host_keys.one_time_key import ALGORITHM

if TYPE_CHECKING:
    import asyncssh

KEY_VARIABLE = "SOFTLAYER_REGISTRY_SSH_KEY"
"""Environment variable with the place of the operator's key here, where it is not the program's."""
FRESH = "ssh-ed25519"
PAUSE_SECONDS = 2.0
ATTEMPT_SECONDS = 20.0
_SCRIPT = Path(__file__).with_name("fresh-host-key.sh")


@dataclass(frozen=True)
class Endpoint:
    """Where a server is reached, and by which key.

    Attributes:
        address: Address as a dotted quad.
        private_key_file: File of the operator's private key.
        port: TCP port of sshd.
    """

    address: str
    private_key_file: Path
    port: int = 22


def locate_key(place: str) -> Path:
    """Return the operator's private key on this machine.

    Args:
        place: Path as the program has it: with `~/`, or relative to its folder, in which Pulumi starts the
            provider.
    """
    return Path(os.environ.get(KEY_VARIABLE) or place).expanduser()


async def exchange_host_key(
    endpoint: Endpoint, one_time_key: str, seconds: float, stop: CancellationToken
) -> str:
    """Log in to the server that proves the one-time key, and return the host key that it makes there.

    Args:
        endpoint: Address and port of the server.
        one_time_key: Public half of the key that the server must prove.
        seconds: Seconds for which to try. cloud-init may set the key some time after sshd has started.
        stop: Stop that ends the wait on Cancel.

    Returns:
        `ssh-ed25519 AAAA...`, without a comment.

    Raises:
        FirstContactError: The server does not prove the key, or does not let the operator in, in time.
        WaitTimeoutError: No sshd answered in time.
        CancelledError: Cancel came.
    """
    import asyncssh

    deadline = asyncio.get_running_loop().time() + seconds
    fresh, refusal, trouble = "", "", "no answer"
    while asyncio.get_running_loop().time() < deadline:
        try:
            if not fresh:
                fresh = await stop.race(_attempt(endpoint, one_time_key, _SCRIPT.read_text()))
            await stop.race(_attempt(endpoint, fresh))
        except asyncssh.KeyImportError as error:
            raise FirstContactError(f"the operator's key {endpoint.private_key_file}: {error}") from None
        except (asyncssh.HostKeyNotVerifiable, asyncssh.KeyExchangeFailed):
            refusal = f"does not prove the {'fresh' if fresh else 'one-time'} host key"
        except asyncssh.PermissionDenied:
            refusal = f"does not let the key {endpoint.private_key_file} in"
        except asyncssh.ProcessError as error:
            raise FirstContactError(
                f"cannot make a fresh host key: {str(error.stderr).strip() or 'the script failed'}"
            ) from None
        except (OSError, TimeoutError, asyncssh.Error) as error:
            trouble = str(error) or type(error).__name__
        else:
            return fresh
        await stop.sleep(PAUSE_SECONDS)
    if refusal:
        raise FirstContactError(refusal)
    raise WaitTimeoutError(
        f"sshd at {endpoint.address}:{endpoint.port} did not answer within {seconds:.0f} s ({trouble}). Is"
        " the address reachable from here and port 22 open?"
    )


async def _attempt(endpoint: Endpoint, host_key: str, script: str = "") -> str:
    """Log in to the server that proves a key; return what a script prints there."""
    import asyncssh

    async with asyncio.timeout(ATTEMPT_SECONDS):
        async with asyncssh.connect(
            endpoint.address,
            endpoint.port,
            username="root",
            client_keys=[_read_key(endpoint.private_key_file)],
            known_hosts=([asyncssh.import_public_key(host_key)], [], []),
            server_host_key_algs=[ALGORITHM if host_key.startswith(ALGORITHM) else FRESH],
            agent_path=None,
            config=None,
        ) as connection:
            if not script:
                return ""
            completed = await connection.run("bash -s", input=script, check=True)
            return str(completed.stdout).strip()


def _read_key(file: Path) -> "asyncssh.SSHKey":
    import asyncssh

    try:
        return asyncssh.import_private_key(file.read_text())
    except OSError as error:
        raise FirstContactError(
            f"the operator's key {file} cannot be read ({os.strerror(error.errno or 0)}); export"
            f" {KEY_VARIABLE} with its path on this machine, then run the command again"
        ) from None
