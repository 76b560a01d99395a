"""Ends the rotation of a host key that a recovery has pinned, or replaced with its server."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from operate.servers.host_keys.fingerprint import fingerprint
from operate.stack.config.setting_keys import ROTATION
from operate.stack.config.staged_host_key import HOST_KEY


class RecoveredStack(Protocol):
    """The part of a stack that is needed, under its lock."""

    def server_outputs(self) -> Mapping[str, tuple[str, Mapping[str, object]]]:
        """Return id and outputs of the servers in the state, by DATACENTER-NAME."""

    def write_settings(self, settings: Mapping[str, object]) -> None:
        """Write settings to the stack file, and only there; one that is None is taken out."""


@dataclass(frozen=True)
class RecoveredServers:
    """What a recovery has done to host keys.

    Attributes:
        missing: Servers that were lost, and have another key since, DATACENTER-NAME.
        vouched: The host key that was pinned before, of each server whose key the operator vouched for.
    """

    missing: Collection[str] = ()
    vouched: Mapping[str, str] = field(default_factory=dict)


def end_key_rotation(
    environment: str,
    stack: RecoveredStack,
    note: object,
    servers: RecoveredServers,
    log: Callable[[str], None],
) -> None:
    """Take the note of a rotation out of the stack file where nothing is left of it to do.

    Args:
        environment: The stack's name.
        stack: Stack whose recovery has ended.
        note: Setting `rotation` of its file, as plain data; None where there is none.
        servers: Servers by what the recovery has done to their host keys.
        log: Receives a line where the stack file notes a rotation of such a server's key.
    """
    if not isinstance(note, Mapping) or note.get("kind") != HOST_KEY:
        return
    name, staged = str(note.get("server")), str(note.get("hostKey"))
    _, outputs = stack.server_outputs().get(name, ("", {}))
    pinned = str(outputs.get("sshHostKey") or "")
    command = f"`operate rotate {HOST_KEY} {environment} --server {name}`"
    if pinned == staged:
        stack.write_settings({ROTATION: None})
        log(f"rotation ok: {fingerprint(pinned)}, which {name} made in its rotation, is pinned; it has ended")
    elif name in servers.missing or servers.vouched.get(name, pinned) != pinned:
        stack.write_settings({ROTATION: None})
        log(
            f"rotation ok: {name} has another key than its rotation made, which is given up."
            f" {command} repeats it"
        )
    elif name in servers.vouched:
        log(f"rotation of host-key: {name} still shows the key before it. {command} ends the rotation")
