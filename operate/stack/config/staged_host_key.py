"""The SSH host key that a server has made in a rotation that is under way, as the stack file notes it."""

from collections.abc import Mapping
from pathlib import Path

from operate.stack.config.setting_keys import ROTATION
from operate.stack.config.stack_file import read_plain, stack_file_of

HOST_KEY = "host-key"
"""Kind of such a rotation."""


def staged_host_key(environment: str, config_file: Path | None, server: str) -> str:
    """Return the key that a server may show instead of the pinned one; "" where no rotation has staged one.

    The server made it in a session in which it had proved the pinned key, so that it is believed as well.

    Args:
        environment: The stack's name.
        config_file: The stack's file where it is elsewhere.
        server: Server, DATACENTER-NAME.
    """
    note = read_plain(stack_file_of(environment, config_file), ROTATION)
    if not isinstance(note, Mapping) or note.get("server") != server:
        return ""
    return str(note.get("hostKey") or "")


def rotated_server(note: object) -> str:
    """Return the server whose host key is rotated, DATACENTER-NAME; "" where none is; pure.

    Args:
        note: Setting `rotation` of the stack file, as plain data; None where there is none.
    """
    values = note if isinstance(note, Mapping) else {}
    return str(values.get("server") or "") if values.get("kind") == HOST_KEY else ""
