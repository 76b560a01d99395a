"""How the packages on servers are kept up to date."""

import re
from dataclasses import dataclass

from settings.reader import Reader

_UPGRADE = re.compile(r"[A-Za-z0-9._-]{1,64}")


@dataclass(frozen=True)
class MaintenanceSettings:
    """Upgrades of packages.

    Attributes:
        upgrade: Text whose change upgrades Docker and HAProxy on every server once; "" never does.
        security_updates: Whether servers install security updates of their system by themselves.
    """

    upgrade: str = ""
    security_updates: bool = False


def read_maintenance(reader: Reader) -> MaintenanceSettings:
    """Read how packages are kept up to date."""
    upgrade = reader.take("packageUpgrade", str)
    if upgrade and _UPGRADE.fullmatch(upgrade) is None:
        reader.report("packageUpgrade", f"must be a text such as a date, 2026-11-29, got {upgrade!r}")
    return MaintenanceSettings(upgrade, reader.take("securityUpdates", bool))
