"""Which registries `operate login` has logged clients in to, so that a logout finds former addresses as well.

A stack's address changes with a move or a takeover, and nobody knows it once the stack is gone. The file has
clients and addresses, and no secret.

`make down` calls `python -m operate.login.recorded_logins ENV` with the variable PULUMI_BACKEND_URL of the
stack, which prints a line `CLIENT ADDRESS` for each login.
"""

import fcntl
import hashlib
import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from operate.error import OperateError
from operate.stack.facts_cache import state_folder, write_private
from operate.stack.local_environment import LOCAL, LOCAL_BACKEND

_Logins = dict[str, dict[str, str]]
"""Stack of each address, by client."""


class RecordedLogins:
    """The logins of one stack, in the file of all stacks of this machine.

    An address belongs to the stack that was logged in to it last.

    Args:
        file: Place of the file, whose folder is created at the first login.
        stack: Name that distinguishes the stack from those of other backends.
    """

    def __init__(self, file: Path, stack: str) -> None:
        self._file, self._stack = file, stack

    def addresses(self, program: str) -> list[str]:
        """Return the addresses of the stack, as `HOST:PORT`, in the order of their logins.

        Args:
            program: Name of the client.
        """
        stacks = self._read().get(program, {})
        return [address for address, stack in stacks.items() if stack == self._stack]

    def elsewhere(self) -> list[str]:
        """Return the addresses of stacks of the same name in other backends, of any client, each once."""
        name = self._stack.rpartition("-")[0]
        stacks = [item for recorded in self._read().values() for item in recorded.items()]
        return sorted(
            {
                address
                for address, stack in stacks
                if stack != self._stack and stack.rpartition("-")[0] == name
            }
        )

    def clients(self) -> list[str]:
        """Return the clients that have a login to the stack, in the order of their names."""
        return sorted(program for program in self._read() if self.addresses(program))

    @contextmanager
    def adding(self, program: str, address: str) -> Iterator[None]:
        """Record a login while it is made; where it fails, restore what was recorded before.

        Raises:
            OperateError: The file cannot be written.
        """
        before = self._read().get(program, {}).get(address)
        self._record(program, address, self._stack)
        try:
            yield
        except BaseException:
            self._record(program, address, before)
            raise

    def remove(self, program: str, address: str) -> None:
        """Forget a login.

        Raises:
            OperateError: The file cannot be written.
        """
        if address in self._read().get(program, {}):
            self._record(program, address, None)

    def _record(self, program: str, address: str, stack: str | None) -> None:
        with self._changing() as logins:
            stacks = logins.setdefault(program, {})
            stacks.pop(address, None)
            if stack is not None:
                stacks[address] = stack

    def _read(self) -> _Logins:
        try:
            content: object = json.loads(self._file.read_text())
        except (OSError, ValueError):
            return {}
        clients = content.items() if isinstance(content, Mapping) else ()
        return {
            str(program): {str(address): str(stack) for address, stack in stacks.items()}
            for program, stacks in clients
            if isinstance(stacks, Mapping)
        }

    @contextmanager
    def _changing(self) -> Iterator[_Logins]:
        """Read what is recorded, and write what the block has changed; others wait meanwhile."""
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with _locked(self._file.parent):
                logins = self._read()
                yield logins
                kept = {program: stacks for program, stacks in logins.items() if stacks}
                if kept:
                    write_private(self._file, json.dumps(kept))
                else:
                    self._file.unlink(missing_ok=True)
        except OSError as error:
            raise OperateError(
                f"{self._file}: cannot be written ({type(error).__name__}), and a logout would not know the"
                " address; let XDG_STATE_HOME name a folder that can"
            ) from None


def recorded_logins(environment: str) -> RecordedLogins:
    """Return the logins of a stack of the backend in use; the local stack is known when it is down as well.

    Args:
        environment: Name of the stack.
    """
    backend = os.environ.get("PULUMI_BACKEND_URL", "") or (LOCAL_BACKEND if environment == LOCAL else "")
    place = hashlib.sha256(backend.encode()).hexdigest()[:12]
    return RecordedLogins(state_folder() / "logins.json", f"{environment}-{place}")


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder, which leaves no file behind."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


if __name__ == "__main__":
    _logins = recorded_logins(sys.argv[1])
    for _program in _logins.clients():
        for _address in _logins.addresses(_program):
            sys.stdout.write(f"{_program} {_address}\n")
