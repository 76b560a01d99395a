"""Connections to the global IP, by a script over SSH."""

from operate.error import OperateError
from operate.servers.script_text import SCRIPTS
from operate.servers.ssh import SshLink
from operate.stack.facts import DoorFacts

SCRIPT = SCRIPTS / "door-handover.sh"


class SshHandover:
    """Connections to the global IP at one server.

    Args:
        link: The connections.
    """

    def __init__(self, link: SshLink) -> None:
        self._link = link

    def close(self, door: DoorFacts, address: str) -> None:
        """End each connection with its next answer from now on."""
        self._run(door, "close", address)

    def kept_connections(self, door: DoorFacts, address: str) -> int:
        """Return how many connections are open that were so before they were to end."""
        return int(self._run(door, "kept", address))

    def open_connections(self, door: DoorFacts, address: str) -> int:
        """Return how many connections are open."""
        return int(self._run(door, "open", address))

    def hold(self, door: DoorFacts, address: str, seconds: int) -> None:
        """Let new connections wait, for so many seconds at most."""
        self._run(door, "hold", address, str(seconds))

    def resume(self, door: DoorFacts, address: str) -> None:
        """Take new connections again, which end with their next answer."""
        self._run(door, "resume", address)

    def release(self, door: DoorFacts, address: str) -> None:
        """Take new connections again, and keep them open again."""
        self._run(door, "release", address)

    def _run(self, door: DoorFacts, *arguments: str) -> bytes:
        code, output, message = self._link.run(door, SCRIPT, *arguments)
        if code:
            raise OperateError(
                f"{door.name}: door-handover.sh {arguments[0]}: {message or f'exit code {code}'}; run the"
                " command again"
            )
        return output
