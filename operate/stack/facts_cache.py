"""Facts of a stack, kept for a rollback that must not wait for Pulumi, and for an adoption of a lost state.

The file shows addresses and host keys. All else, such as the key of the object storage, is sealed with a key
that only the operator's SSH key yields. Whoever reads the file alone, in a backup for example, learns no
secret. Whoever has the SSH key can open the servers in any case.

`make down` calls `python -m operate.stack.facts_cache delete ENV` with the variable PULUMI_BACKEND_URL of the
stack.
"""

import base64
import hashlib
import json
import os
import secrets
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from operate.error import OperateError
from operate.stack.config.stack_file import stack_file_of
from operate.stack.facts import Facts
from operate.stack.facts_output import OUTPUT, parse_facts
from operate.stack.operator_key import operator_key
from operate.stack.placement import Placement, place_facts, read_placement

_PURPOSE = b"softlayer-registry operate: facts of a stack"
_NONCE_BYTES = 12
"""Of AES-GCM (NIST SP 800-38D)."""


class FactsCache:
    """A file of one environment, mode 0600, beside those of other environments and backends.

    Args:
        folder: Folder of the file, created at the first write.
        environment: Name of the stack.
        locate_key: Returns the place of the operator's SSH private key, which seals and opens the file.
        placement: Returns the placement in the stack file.
    """

    def __init__(
        self,
        folder: Path,
        environment: str,
        locate_key: Callable[[], Path],
        placement: Callable[[], Placement] = Placement,
    ) -> None:
        backend = os.environ.get("PULUMI_BACKEND_URL", "")
        place = hashlib.sha256(backend.encode()).hexdigest()[:12]
        self._environment, self._locate_key, self._placement = environment, locate_key, placement
        self._file = folder / f"{environment}-{place}.json"

    def write(self, output: object) -> None:
        """Keep the output `operate`; where that is not possible, a rollback reads it by Pulumi."""
        with suppress(OSError, OperateError):
            content = {"servers": _addresses(output), "sealed": self._seal(json.dumps(output))}
            write_private(self._file, json.dumps(content))

    def read(self) -> Facts | None:
        """Return the facts, placed as the stack file has it; None as `read_deployed`.

        Raises:
            OperateError: The file lacks what operations need.
        """
        facts = self.read_deployed()
        return place_facts(facts, self._placement()) if facts else None

    def read_deployed(self) -> Facts | None:
        """Return the facts of the last `pulumi up`; None where no file exists, or another SSH key sealed it.

        Raises:
            OperateError: The file lacks what operations need.
        """
        try:
            content: object = json.loads(self._file.read_text())
            if not isinstance(content, Mapping):
                return None
            output: object = json.loads(self._open(str(content.get("sealed"))))
        except (OSError, ValueError, InvalidTag, OperateError):
            return None
        return parse_facts(self._environment, output)

    def exists(self) -> bool:
        """Return whether there is a file, whatever it has."""
        return self._file.exists()

    def copy(self, source: "FactsCache") -> None:
        """Keep what another file has, sealed as it is; a file without facts where that one does not exist.

        Args:
            source: The other file.

        Raises:
            OperateError: The file cannot be written.
        """
        try:
            content = source._file.read_text()
        except OSError:
            content = "{}"
        try:
            write_private(self._file, content)
        except OSError as error:
            raise OperateError(f"{self._file}: cannot be written ({type(error).__name__})") from None

    def delete(self) -> None:
        """Delete the file, and what a write that was killed has left of it: the stack exists no more.

        Raises:
            OperateError: The file cannot be deleted.
        """
        for file in self._file.parent.glob(f"{self._file.stem}.*"):
            try:
                file.unlink(missing_ok=True)
            except OSError as error:
                raise OperateError(
                    f"{file}: cannot be deleted ({error.strerror}); delete it yourself"
                ) from None
        with suppress(OSError):
            self._file.parent.rmdir()  # which does nothing where it has another file

    def _seal(self, text: str) -> str:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = self._cipher().encrypt(nonce, text.encode(), self._environment.encode())
        return base64.b64encode(nonce + sealed).decode()

    def _open(self, sealed: str) -> str:
        content = base64.b64decode(sealed, validate=True)
        nonce, text = content[:_NONCE_BYTES], content[_NONCE_BYTES:]
        return self._cipher().decrypt(nonce, text, self._environment.encode()).decode()

    def _cipher(self) -> AESGCM:
        derivation = HKDF(hashes.SHA256(), 32, None, _PURPOSE)
        return AESGCM(derivation.derive(self._locate_key().read_bytes()))


def write_private(file: Path, content: str) -> None:
    """Write a file that only this user may read, whole or not at all; its folder is created.

    Args:
        file: File to write.
        content: Content of the file.

    Raises:
        OSError: The file cannot be written.
    """
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    new = file.with_suffix(f".{os.getpid()}")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(content)
    new.replace(file)


def _addresses(output: object) -> dict[str, dict[str, str]]:
    """Return address and host key of each front door and standby, by DATACENTER-SERVER."""
    return {
        f"{server.get('datacenter')}-{server.get('server')}": {
            "address": str(server.get("address")),
            "hostKey": str(server.get("hostKey")),
        }
        for server in _servers(output)
    }


def _servers(output: object) -> Iterator[Mapping[str, object]]:
    parts = output if isinstance(output, Mapping) else {}
    for name in ("doors", "standbys"):
        servers: object = parts.get(name)
        if isinstance(servers, Sequence) and not isinstance(servers, str):
            yield from (server for server in servers if isinstance(server, Mapping))


def state_folder() -> Path:
    """Return the folder of this machine for what `operate` may lose."""
    home = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return (Path(home) / "softlayer-registry" / "operate").resolve()


def facts_cache(environment: str, config_file: Path | None = None) -> FactsCache:
    """Return the file of an environment, sealed with the key that its stack file names.

    Args:
        environment: Name of the stack.
        config_file: File of the stack, where it is not the program's.
    """
    return FactsCache(
        state_folder(),
        environment,
        lambda: operator_key(environment, config_file),
        lambda: read_placement(stack_file_of(environment, config_file)),
    )


def remember_facts(environment: str, config_file: Path | None, outputs: Mapping[str, object]) -> None:
    """Keep the facts among a stack's outputs; a state without them changes nothing.

    Args:
        environment: Name of the stack.
        config_file: File of the stack, where it is not the program's.
        outputs: Outputs of the stack, as the last `pulumi up` has left them.
    """
    if OUTPUT in outputs:
        facts_cache(environment, config_file).write(outputs[OUTPUT])


def lost_facts_cache(environment: str, config_file: Path | None = None) -> FactsCache:
    """Return the file with what a lost state had, while it is taken over.

    Args:
        environment: Name of the stack.
        config_file: File of the stack, where it is not the program's.
    """
    folder = state_folder() / "adoptions"
    return FactsCache(folder, environment, lambda: operator_key(environment, config_file))


if __name__ == "__main__" and sys.argv[1] == "delete":
    try:
        lost_facts_cache(sys.argv[2]).delete()
        facts_cache(sys.argv[2]).delete()
    except OperateError as error:
        sys.exit(f"operate: {error}")
