"""SSH to the servers of a stack, by the host keys that its state has pinned and its rotation has staged."""

from functools import partial
from pathlib import Path

from operate.servers.ssh import SshLink
from operate.stack.config.staged_host_key import staged_host_key
from operate.stack.operator_key import operator_key


def stack_link(user: str, environment: str, config_file: Path | None) -> SshLink:
    """Return a link with the operator's key; whoever opens it closes it.

    Args:
        user: User on every server.
        environment: The stack's name.
        config_file: The stack's file where it is elsewhere.

    Raises:
        OperateError: The operator's key is not on this machine.
    """
    return SshLink(
        user, operator_key(environment, config_file), partial(staged_host_key, environment, config_file)
    )
