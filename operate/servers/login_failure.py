"""Why the system's `ssh` did not get as far as its command, in words that help."""

from contextlib import closing
from pathlib import Path

from operate.error import OperateError
from operate.servers.ssh import SshError, SshLink
from operate.servers.system_ssh import SSH_FAILED, USER, PinnedServer


class LoginFailedError(OperateError):
    """A server cannot be logged in to; the command ends as `ssh` does."""

    exit_code = SSH_FAILED


def require_login(server: PinnedServer, key: Path) -> None:
    """Log in once more and ask nothing: where that works, the command itself ended with 255, or was cut off.

    Args:
        server: Server to log in to.
        key: The operator's private key.

    Raises:
        LoginFailedError: The server is not reached, shows another host key, or refuses the operator's key.
    """
    with closing(SshLink(USER, key, lambda _: server.staged_host_key)) as link:
        try:
            link.log_in(server.facts)
        except SshError as error:
            raise LoginFailedError(str(error)) from None
