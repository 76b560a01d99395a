"""Which of the operator's keys open a server: kept by the program, also while one follows the other.

During a rotation a server takes both keys, and the new one is tried before the stack goes over to it. The old
one is taken away by a login with the new one.
"""

from collections.abc import Sequence

import pulumi
from pulumi_command import remote

from components.remote.host import RemoteHost
from components.remote.login import log_in
from components.remote.script import remote_script
from components.server.operator_key import OperatorKey


class KeyRefusedError(pulumi.RunError):
    """A server does not take the key that follows; the message names the server and what to do."""


def keep_authorized_keys(
    name: str, key: OperatorKey, host: RemoteHost, opts: pulumi.ResourceOptions
) -> remote.Command:
    """Declare the keys of a server.

    Args:
        name: Name of the server.
        key: The operator's key.
        host: The server, for scripts.
        opts: Options with the parent and what the command lives on.
    """
    return remote_script(
        f"{name}-authorized-keys",
        "authorized-keys.sh",
        *key.authorized,
        host=host,
        opts=opts,
        installs=("/etc/softlayer-registry/authorized-keys",),
    )


def try_next_key(
    name: str,
    address: pulumi.Output[str],
    host_key: pulumi.Output[str],
    next_private_key: pulumi.Output[str],
    keys: remote.Command,
) -> pulumi.Output[bool]:
    """Log in with the key that follows, once a server has it.

    Args:
        name: Name of the server.
        address: Address of the server.
        host_key: Host key of the server, pinned.
        next_private_key: Private key that follows. Secret.
        keys: Command that makes the server accept it.

    Raises:
        KeyRefusedError: The server refuses the key that follows; the key in use stays.
    """

    async def attempt(values: Sequence[str]) -> bool:
        login = await log_in(values[0], values[1], values[2])
        if login.failure:
            raise KeyRefusedError(
                f"{name} ({values[0]}) does not take the key of nextSshKeyFile: {login.failure}. The key of"
                " sshKeyFile still opens every server; see docs/runbooks/ssh-key.md"
            )
        return True

    tried: pulumi.Output[bool] = pulumi.Output.all(address, host_key, next_private_key, keys.stdout).apply(
        attempt
    )
    return pulumi.Output.unsecret(tried)
