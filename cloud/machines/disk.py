"""A machine's disk: a sparse ext4 file of the ordered size, mounted where its Docker keeps its data.

So a full disk in the machine is a full disk, and an unused one costs nothing on the host.
"""

import threading
from pathlib import Path

from cloud.machines.host_command import host
from cloud.machines.layout import Layout

# The kernel gives out loop devices one by one; mounting side by side would race for the same.
_MOUNTING = threading.Lock()
_MOUNT_INFO = Path("/proc/self/mountinfo")


class Disk:
    """The disk of one machine.

    Args:
        layout: Layout of the cloud.
        identifier: The guest's id.
    """

    def __init__(self, layout: Layout, identifier: int) -> None:
        self._file = layout.disks / f"{identifier}.ext4"
        self.mount_point = layout.disks / str(identifier)

    def attach(self, size_gb: int) -> None:
        """Make the file where it is missing, and mount it.

        Args:
            size_gb: Size in GB (10^9 bytes), as hosters count.

        Raises:
            MachineError: The host refuses, or is out of space.
        """
        self.mount_point.mkdir(parents=True, exist_ok=True)
        with _MOUNTING:
            if not self._file.exists():
                self._format(size_gb)
            if str(self.mount_point) not in mount_points():
                host(["mount", "-o", "loop,discard,noatime", str(self._file), str(self.mount_point)])

    def detach(self) -> None:
        """Unmount it, which frees its loop device."""
        if str(self.mount_point) in mount_points():
            host(["umount", str(self.mount_point)])

    def remove(self) -> None:
        """Unmount and delete it."""
        self.detach()
        self._file.unlink(missing_ok=True)
        if self.mount_point.exists():
            self.mount_point.rmdir()

    def _format(self, size_gb: int) -> None:
        new = self._file.with_suffix(".new")
        with new.open("wb") as stream:
            stream.truncate(size_gb * 1000**3)
        host(
            ["mkfs.ext4", "-q", "-m", "0", "-E", "lazy_itable_init=1,lazy_journal_init=1,nodiscard", str(new)]
        )
        new.rename(self._file)


def mount_points(under: Path | None = None) -> list[str]:
    """Return what is mounted, deepest first, all of it or what lies in a folder."""
    points = [_unescape(line.split()[4]) for line in _MOUNT_INFO.read_text().splitlines()]
    if under is not None:
        points = [point for point in points if point.startswith(f"{under}/")]
    return sorted(points, key=len, reverse=True)


def _unescape(path: str) -> str:
    return path.encode().decode("unicode_escape") if "\\" in path else path
