"""Which host key a server shows, while its sshd may be about to execute itself again."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TypeVar

from operate.clock import Clock
from operate.servers.ssh import HostKeyError, RefusedLoginError, SshError, SshLink
from operate.servers.system_ssh import USER
from operate.stack.facts import DoorFacts

T = TypeVar("T")

PATIENCE_SECONDS = 15.0
"""For an sshd that was told of another key (choice): it listens again within a second, later under load."""
_POLL_SECONDS = 0.1
"""Between two attempts (choice)."""


def proves_key(server: DoorFacts, key_file: Path, clock: Clock, *, after_reload: bool = False) -> bool:
    """Log in once by a host key, and run nothing; returns whether the server proves it.

    Args:
        server: Server to log in to, with the host key that alone is believed.
        key_file: The operator's private key.
        clock: Clock that measures the patience.
        after_reload: Whether sshd has just received the key, and may show the one before for a moment.

    Raises:
        RefusedLoginError: The server proves the key, and refuses the operator's.
        SshError: The server was not reached, for all of the patience.
    """

    def log_in() -> None:
        with closing(SshLink(USER, key_file)) as link:
            link.log_in(server)

    try:
        call_until_reached(log_in, clock, awaits_key=after_reload)
    except HostKeyError:
        return False
    return True


def call_until_reached(call: Callable[[], T], clock: Clock, *, awaits_key: bool = False) -> T:
    """Call until the server is reached, for `PATIENCE_SECONDS`: a reload of sshd refuses for a moment.

    Args:
        call: Reaches the server, and may be repeated.
        clock: Clock that measures the patience.
        awaits_key: Whether another host key is waited out as well.

    Raises:
        HostKeyError: The server shows another key; that is an answer.
        RefusedLoginError: The server refuses the operator's key; that is one, too.
        SshError: The server was not reached.
    """
    end = clock.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return call()
        except RefusedLoginError:
            raise
        except SshError as error:
            is_answer = isinstance(error, HostKeyError) and not awaits_key
            if is_answer or clock.monotonic() >= end:
                raise
        clock.sleep(_POLL_SECONDS)
