"""Settings that are allowed, and that an operator should know the meaning of."""

from collections.abc import Sequence

from settings.access.access import AccessSettings


def unguarded_doors(access: AccessSettings, doors: Sequence[str]) -> tuple[str, ...]:
    """Return the servers, DATACENTER-NAME, whose front door is public while no firewall guards them.

    Args:
        access: Settings of the access, as read.
        doors: Servers with front doors.
    """
    return tuple(doors) if access.listen == "public" and not access.firewall else ()


def open_ssh(access: AccessSettings, servers: Sequence[str]) -> tuple[str, ...]:
    """Return the servers, DATACENTER-NAME, at whose SSH anybody may knock.

    Args:
        access: Settings of the access, as read.
        servers: Servers of the environment.
    """
    return () if access.firewall and access.ssh_from else tuple(servers)


def idle_servers_warning(servers: Sequence[str]) -> str | None:
    """Return what it means that servers can carry the registry and wait for nothing; None where none do."""
    if not servers:
        return None
    return (
        f"{', '.join(servers)}: a role registry without a front door in the same datacenter: nothing runs"
        " there, and no standby takes over for another datacenter, but each is billed. Set frontDoor to true"
        " at one of them, give them the role client, or take them out of `servers`"
    )


def open_ssh_warning(access: AccessSettings, servers: Sequence[str]) -> str | None:
    """Return what it means that everybody reaches SSH, and what to set; None where nobody does.

    Args:
        access: Settings of the access, as read.
        servers: Servers whose SSH is open.
    """
    if not servers:
        return None
    open_settings = (
        ("firewall", access.firewall, "false", "true"),
        ("sshFrom", access.ssh_from, "empty", "the networks that operators come from"),
    )
    reasons = [f"{key} is {present}" for key, value, present, _ in open_settings if not value]
    remedies = [f"{key} to {remedy}" for key, value, _, remedy in open_settings if not value]
    return (
        f"{' and '.join(reasons)}, so that SSH of {', '.join(servers)} is open to everybody; set"
        f" {' and '.join(remedies)}"
    )


def unguarded_warning(servers: Sequence[str]) -> str | None:
    """Return what it means that nothing guards doors; None where there are none."""
    if not servers:
        return None
    return (
        f"the front doors of {', '.join(servers)} are public and firewall is false, so that SSH and every"
        " other port of these servers are open to everybody; set firewall to true"
    )
