"""A note on disk of each order that was sent and whose answer has not come.

The next process must know that an order of the killed one may still be on its way, and search for longer
before it orders itself. The account's list is the truth; this only says how long to trust its silence.

A file a token under `${XDG_STATE_HOME:-~/.local/state}/softlayer-orders`, whose time of writing is the
order's.
"""

import os
import time
from collections.abc import Mapping
from pathlib import Path


class OrderJournal:
    """Open orders by scope and token."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @classmethod
    def in_home(cls, environment: Mapping[str, str]) -> "OrderJournal":
        """The journal of this user."""
        state = environment.get("XDG_STATE_HOME") or str(Path(environment.get("HOME") or "~").expanduser())
        suffix = () if environment.get("XDG_STATE_HOME") else (".local", "state")
        return cls(Path(state, *suffix, "softlayer-orders"))

    def opened(self, token: str, note: str = "") -> None:
        """An order goes out now. On disk before this returns.

        Args:
            token: what the order is known by.
            note: what to tell the next process, see `note`.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._path(token).open("w") as file:
            file.write(note)
            file.flush()
            os.fsync(file.fileno())

    def closed(self, token: str) -> None:
        """The order's fate is known."""
        self._path(token).unlink(missing_ok=True)

    def age(self, token: str) -> float | None:
        """Seconds since an order without an answer went out; None when there is none."""
        try:
            return max(0.0, time.time() - self._path(token).stat().st_mtime)
        except FileNotFoundError:
            return None

    def note(self, token: str) -> str:
        """What was noted when the order went out; "" when there is none."""
        try:
            return self._path(token).read_text()
        except FileNotFoundError:
            return ""

    def _path(self, token: str) -> Path:
        return self._folder / token
