"""This host's limits that many machines at once would meet: each one's systemd takes several from inotify."""

from pathlib import Path

from cloud.machines.layout import RUNTIME_ROOT, Layout
from cloud.machines.network.free_network import has_other_clouds, runtime_lock

_INSTANCES = Path("/proc/sys/fs/inotify/max_user_instances")
# There while a local cloud has raised the limit, with what it was; the last one to leave sets it back.
_RAISED_FROM = RUNTIME_ROOT / "softlayer.inotify"
# Choice: a machine takes about five, of 128 that Linux has by default.
_ENOUGH = 4096


def raise_limits() -> None:
    """Let systemd start in as many machines as the memory carries; again without harm."""
    with runtime_lock():
        limit = int(_INSTANCES.read_text())
        if limit < _ENOUGH:
            _RAISED_FROM.write_text(f"{limit}\n")
            _INSTANCES.write_text(f"{_ENOUGH}\n")


def lower_limits(layout: Layout) -> None:
    """Set back, as the last cloud, what was raised; again without harm."""
    with runtime_lock():
        if _RAISED_FROM.exists() and not has_other_clouds(layout):
            _INSTANCES.write_text(_RAISED_FROM.read_text())
            _RAISED_FROM.unlink()
