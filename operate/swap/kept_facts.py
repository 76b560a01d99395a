"""What a stack told the last time, kept for a rollback that must not wait for Pulumi; secret, mode 0600."""

import hashlib
import json
import os
from contextlib import suppress
from pathlib import Path

from operate.swap.facts import Facts, facts_from


class KeptFacts:
    """A file of one environment, beside those of other environments and backends.

    Args:
        folder: where; made at the first write.
        environment: the stack's name.
    """

    def __init__(self, folder: Path, environment: str) -> None:
        backend = os.environ.get("PULUMI_BACKEND_URL", "")
        place = hashlib.sha256(backend.encode()).hexdigest()[:12]
        self._environment = environment
        self._file = folder / f"{environment}-{place}.json"

    def write(self, output: object) -> None:
        """Keep the output `operate`; where that is not possible, a rollback asks Pulumi."""
        with suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            new = self._file.with_suffix(f".{os.getpid()}")
            descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w") as stream:
                json.dump(output, stream)
            new.replace(self._file)

    def read(self) -> Facts | None:
        """Return what was kept; None where there is nothing.

        Raises:
            OperateError: it tells too little.
        """
        try:
            output: object = json.loads(self._file.read_text())
        except (OSError, ValueError):
            return None
        return facts_from(self._environment, output)


def state_folder() -> Path:
    """Where an operator's machine keeps what it may lose."""
    home = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return (Path(home) / "softlayer-registry" / "operate").resolve()
