"""Seconds since this machine's start, which nobody can set, kept beside a file's own time of writing."""

import os
import time
from pathlib import Path

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
"""Names the machine since its last start (random(4))."""
_ATTRIBUTE = "user.softlayer-orders.written"


class BootClock:
    """The clock of this machine since its start; it counts on while the machine is suspended."""

    def seconds(self) -> float | None:
        """Return the seconds since the start; None where the system does not count them."""
        if not hasattr(time, "CLOCK_BOOTTIME") or not hasattr(os, "setxattr") or not _BOOT_ID.exists():
            return None
        return time.clock_gettime(time.CLOCK_BOOTTIME)

    def start(self) -> str:
        """Return what names the start."""
        return _BOOT_ID.read_text().strip()

    def stamp(self, descriptor: int) -> None:
        """Keep with an open file when it is written, where the file system can."""
        if (now := self.seconds()) is not None:
            try:
                os.setxattr(descriptor, _ATTRIBUTE, f"{self.start()} {now:.3f}".encode())
            except OSError:
                return

    def age(self, path: Path, age_by_date: float) -> float:
        """Return the seconds since a file was written.

        Of a file of an earlier start it is known that it is older than the present one.

        Args:
            path: Path of the file.
            age_by_date: The same by the date, which may have been set meanwhile.

        Raises:
            FileNotFoundError: The file does not exist.
        """
        now = self.seconds()
        if now is None:
            return age_by_date
        try:
            start, _, seconds = os.getxattr(path, _ATTRIBUTE).decode().partition(" ")
        except FileNotFoundError:
            raise
        except OSError:
            return age_by_date
        return max(0.0, now - float(seconds)) if start == self.start() else min(age_by_date, now)
