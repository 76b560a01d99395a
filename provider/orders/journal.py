"""A note on disk of each order that was sent, until the engine shows that its state holds what was ordered.

The next process must know that an order of the killed one may still be on its way, or not be listed yet, and
search for longer before it orders itself; and the id, once the answer told it, finds the server without any
list. The account is the truth; this only says where to look and how long not to trust its silence. An answer
is no end of it: between answer and state the engine can be killed, or its write be lost.

A file a token under `${XDG_STATE_HOME:-~/.local/state}/softlayer-orders`, whose time of writing is the
order's; it holds a note of the order's own, such as the id. A date that is set meanwhile, as by NTP, must not
make a young note look old: the account's silence would be believed, and the order made twice.
"""

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from provider.orders.boot_clock import BootClock


class OrderJournal:
    """Orders by token."""

    def __init__(
        self, folder: Path, clock: Callable[[], float] = time.time, boot_clock: BootClock | None = None
    ) -> None:
        """Nothing is read or written yet.

        Args:
            folder: Folder of the notes; made with the first one.
            clock: Seconds since the epoch; one that all processes share.
            boot_clock: Counts where the date may be set; None trusts the date.
        """
        self._folder = folder
        self._clock = clock
        self._boot_clock = boot_clock

    @classmethod
    def in_home(cls, environment: Mapping[str, str]) -> "OrderJournal":
        """Return the journal of this user."""
        state = environment.get("XDG_STATE_HOME") or str(Path(environment.get("HOME") or "~").expanduser())
        suffix = () if environment.get("XDG_STATE_HOME") else (".local", "state")
        return cls(Path(state, *suffix, "softlayer-orders"), boot_clock=BootClock())

    def opened(self, token: str, note: str = "") -> None:
        """Note that an order goes out now. The note is on disk before this returns.

        Args:
            token: Token of the order.
            note: Message to the next process, see `note`.
        """
        self._write(token, note)

    def answered(self, token: str, note: str) -> None:
        """Note what is known of an accepted order. The note is on disk before this returns."""
        self._write(token, note)

    def _write(self, token: str, note: str) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        new = self.path(f"{token}.new")
        with new.open("w") as file:
            file.write(note)
            file.flush()
            now = self._clock()
            os.utime(file.fileno(), (now, now))
            if self._boot_clock is not None:
                self._boot_clock.stamp(file.fileno())
            os.fsync(file.fileno())
        new.replace(self.path(token))
        self._sync_folder()

    def _sync_folder(self) -> None:
        """A new name is on the disk only once its folder is."""
        folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def closed(self, token: str) -> None:
        """Remove a note: nothing was ordered, the state holds it, or it was cancelled. "" is no token."""
        if token:
            self.path(token).unlink(missing_ok=True)

    def age(self, token: str) -> float | None:
        """Seconds since the order went out or was answered; None when there is no note."""
        path = self.path(token)
        try:
            age = max(0.0, self._clock() - path.stat().st_mtime)
            return self._boot_clock.age(path, age) if self._boot_clock is not None else age
        except FileNotFoundError:
            return None

    def note(self, token: str) -> str:
        """Return what was noted last; "" when there is nothing."""
        try:
            return self.path(token).read_text()
        except FileNotFoundError:
            return ""

    def path(self, token: str) -> Path:
        """Return where a note is, or would be."""
        return self._folder / token
