"""Packages on a server after its first installation: upgraded by the operator, or by the server itself."""

from collections.abc import Callable

import pulumi

from components.remote.host import RemoteHost
from components.remote.script import INSTALLATION_SECONDS, remote_script
from settings.servers.maintenance import MaintenanceSettings

_SETTINGS = "/etc/apt/apt.conf.d/52registry-security-updates"
"""What packages.sh writes."""


def keep_packages(
    name: str,
    maintenance: MaintenanceSettings,
    host: RemoteHost,
    options: Callable[[], pulumi.ResourceOptions],
) -> list[pulumi.Resource]:
    """Declare upgrades of a server's packages.

    Args:
        name: Name of the server.
        maintenance: The stack file's settings of maintenance.
        host: The server.
        options: Returns the options for what lives on the server and comes after its Docker.

    Returns:
        What to depend on before Docker is used, since an upgrade restarts it; nothing without a setting, but
        for a server that may be off.
    """
    declared: list[pulumi.Resource] = []
    if maintenance.upgrade:
        declared.append(
            remote_script(
                f"{name}-package-upgrade",
                "packages.sh",
                "upgrade",
                maintenance.upgrade,
                host=host,
                timeout=INSTALLATION_SECONDS,
                opts=options(),
            )
        )
    if maintenance.security_updates or host.may_be_off:
        opts = pulumi.ResourceOptions.merge(options(), pulumi.ResourceOptions(depends_on=declared))
        declared.append(
            remote_script(
                f"{name}-security-updates",
                "packages.sh",
                "updates" if maintenance.security_updates else "no-updates",
                host=host,
                timeout=INSTALLATION_SECONDS,
                opts=opts,
                on_delete=("no-updates",) if maintenance.security_updates else None,
                installs=(_SETTINGS,) if maintenance.security_updates else None,
                removes=not maintenance.security_updates,
            )
        )
    return declared
