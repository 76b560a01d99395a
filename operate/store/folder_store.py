"""Objects in a folder of the first front door's server, for a stack that has no Swift."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from operate.store.object_store import Stored, StoreError

SCRIPT = Path(__file__).with_name("folder-store.sh")
_OTHERWISE = 4
"""The script's exit code for what is not there, or is there already."""


class RemoteShell(Protocol):
    """Runs a script on one server."""

    def run(self, script: Path, *arguments: str, stdin_payload: bytes = b"") -> tuple[int, bytes, str]:
        """Return exit code, standard output and the last lines of standard error.

        Raises:
            OperateError: The server cannot be reached.
        """


class FolderStore:
    """An object store on a server.

    Args:
        shell: Shell on the server.
    """

    def __init__(self, shell: RemoteShell) -> None:
        self._shell = shell

    def get(self, name: str) -> Stored | None:
        """Return an object; None where it is not there."""
        code, output = self._run("get", name, accepted=(0, _OTHERWISE))
        if code == _OTHERWISE:
            return None
        age, _, content = output.partition(b"\n")
        return Stored(content, max(0.0, float(age)))

    def put(self, name: str, content: bytes) -> None:
        """Write an object, over one that is there."""
        self._write("put", name, content, accepted=(0,))

    def create(self, name: str, content: bytes) -> bool:
        """Write an object that is not there yet; False where it is."""
        code = self._write("create", name, content, accepted=(0, _OTHERWISE))
        if code == 0:
            return True
        stored = self.get(name)  # a run whose response was lost is recognised by the content
        return stored is not None and stored.content == content

    def delete(self, name: str) -> None:
        """Take an object away; nothing to do where it is not there."""
        self._run("delete", name, accepted=(0,))

    def names(self, prefix: str) -> Sequence[str]:
        """List the names that begin so, sorted."""
        _, output = self._run("names", prefix, accepted=(0,))
        return [name for name in output.decode().splitlines() if name.startswith(prefix)]

    def now(self) -> datetime:
        """Return the time in UTC by the server's clock, to the second."""
        _, output = self._run("time", accepted=(0,))
        return datetime.fromtimestamp(int(output), UTC)

    def _write(self, action: str, name: str, content: bytes, accepted: tuple[int, ...]) -> int:
        """Send an object with its length: a connection that breaks ends the content as well."""
        code, _ = self._run(action, name, str(len(content)), content=content, accepted=accepted)
        return code

    def _run(
        self, action: str, *arguments: str, content: bytes = b"", accepted: tuple[int, ...]
    ) -> tuple[int, bytes]:
        code, output, message = self._shell.run(SCRIPT, action, *arguments, stdin_payload=content)
        if code not in accepted:
            what = " ".join([action, *arguments[:1]])
            raise StoreError(f"{what}: {message or f'exit code {code}'}; then run the command again")
        return code, output
