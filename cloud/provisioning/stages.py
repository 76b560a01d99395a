"""The steps a server goes through, from order to ready and from cancel to deleted, and their time.

Names and order are those of an IBM sample of 2014; minutes are a choice within the 383 to 2159 s that SLDN
records for a whole provisioning, and the sweep that ends a deletion is the 20 minutes Terraform users report.
Of bare metal the status keys (MACWAIT, DEPLOY, DEPLOY2, RECLAIM) are real, the steps' names are a choice; the
whole takes the 30 to 40 minutes of a fast preset, a reload 66 (IBM's documentation).
Between steps there is a gap without any transaction, as on the real cloud.
"""

from dataclasses import dataclass
from typing import Literal

from cloud.settings import Speed

Work = Literal["", "reserve", "start", "stop", "resize", "renew", "reinstall", "script", "destroy"]


@dataclass(frozen=True)
class Stage:
    """One step.

    Attributes:
        name: Name of the transaction status.
        friendly: The status for people.
        minutes: How long it takes on the real cloud; a machine's own time counts towards it.
        work: What is really done meanwhile.
        hardware_status: The status of bare metal meanwhile.
        least_seconds: Seconds that the step takes at any speed.
    """

    name: str
    friendly: str
    minutes: float
    work: Work = ""
    hardware_status: str = ""
    least_seconds: float = 0.0


PROVISION = (
    Stage("ASSIGN_HOST", "Assign Host", 0.35, "reserve"),
    Stage("CLONE_CLOUD_TEMPLATE", "Clone Cloud Template", 1.8),
    Stage("ATTACH_PRIMARY_DISK", "Attach Primary Disk", 0.5),
    Stage("CLOUD_PROVISION_SETUP", "Cloud Provision Setup", 0.9),
    Stage("CLOUD_CONFIGURE_METADATA_DISK", "Configure Cloud Metadata Disk", 0.45),
    Stage("POWER_ON", "Power On", 1.35, "start"),
    Stage("INSTALL_COMPLETE", "Install Complete", 0.6, "script"),
    Stage("SERVICE_SETUP", "Service Setup", 1.25),
)
# Names and times of these two are a choice.
UPGRADE = (
    Stage("CLOUD_UPGRADE_SHUTDOWN", "Upgrade Shutdown", 0.5, "stop"),
    Stage("CLOUD_UPGRADE_CONFIGURE", "Configure Upgrade", 1.0, "resize"),
    Stage("CLOUD_UPGRADE_POWER_ON", "Upgrade Power On", 1.0, "start"),
)
RELOAD = (
    Stage("CLOUD_RELOAD_SETUP", "Reload Setup", 0.5, "renew"),
    Stage("CLOUD_OS_RELOAD", "Operating System Reload", 4.0, "reinstall"),
    Stage("CLOUD_RELOAD_INSTALL_COMPLETE", "Reload Install Complete", 0.6, "script"),
)
RECLAIM = (
    Stage("RECLAIM_WAIT", "Reclaim Wait", 20.0),
    Stage("CLOUD_ISO_BOOT_TEAR_DOWN", "Cloud ISO Boot Tear Down", 0.5, "stop"),
    Stage("CLOUD_INSTANCE_NETWORK_RECLAIM", "Cloud Instance Network Reclaim", 0.5, "destroy"),
    Stage("RECLAIM_NETWORK", "Reclaim Network", 0.3),
)
HARDWARE_PROVISION = (
    Stage("ASSIGN_HARDWARE", "Assign Hardware", 1.0, "reserve", "DEPLOY"),
    Stage("HARDWARE_CONFIGURE_RAID", "Configure RAID", 6.0, "", "DEPLOY"),
    Stage("HARDWARE_MAC_WAIT", "Wait for MAC", 2.0, "", "MACWAIT"),
    Stage("HARDWARE_OS_INSTALL", "Operating System Install", 20.0, "start", "DEPLOY2"),
    Stage("HARDWARE_POST_INSTALL", "Post Install", 4.0, "script", "DEPLOY2"),
    Stage("HARDWARE_SERVICE_SETUP", "Service Setup", 2.0, "", "DEPLOY2"),
)
HARDWARE_RELOAD = (
    Stage("HARDWARE_RELOAD_SETUP", "Reload Setup", 4.0, "stop", "DEPLOY"),
    Stage("HARDWARE_OS_RELOAD", "Operating System Reload", 58.0, "reinstall", "DEPLOY2"),
    Stage("HARDWARE_RELOAD_SERVICE_SETUP", "Reload Service Setup", 4.0, "script", "DEPLOY2"),
)
HARDWARE_RECLAIM = (
    # Readable for a moment at any speed: the official client reads the ticket after it has cancelled.
    Stage("HARDWARE_RECLAIM_WAIT", "Reclaim Wait", 20.0, "", "RECLAIM", 1.5),
    Stage("HARDWARE_TEAR_DOWN", "Tear Down", 1.0, "stop", "RECLAIM"),
    Stage("HARDWARE_RECLAIM_NETWORK", "Reclaim Network", 1.0, "destroy", "RECLAIM"),
)
RELOADS = (RELOAD, HARDWARE_RELOAD)
HARDWARE = (*HARDWARE_PROVISION, *HARDWARE_RELOAD, *HARDWARE_RECLAIM)
STORAGE_CREATE = Stage("OBJECT_STORAGE_SETUP", "Object Storage Setup", 1.0)
# A global IP shows some 5 minutes after its order; a route takes as long at first and under a minute later.
# Names, and the time a security group's change takes, are a choice.
GLOBAL_IP_CREATE = Stage("GLOBAL_IP_SETUP", "Global IP Setup", 5.0)
ROUTE_FIRST = Stage("SUBNET_ROUTE", "Subnet Route", 5.0)
ROUTE_AGAIN = Stage("SUBNET_REROUTE", "Subnet Reroute", 0.8)
ROUTE_CLEAR = Stage("SUBNET_CLEAR_ROUTE", "Subnet Clear Route", 0.8)
GLOBAL_IP_RECLAIM = Stage("SUBNET_RECLAIM", "Subnet Reclaim", 1.0)
SECURITY_CHANGE = Stage("SECURITY_GROUP_CHANGE", "Security Group Change", 0.3)
NETWORK = (GLOBAL_IP_CREATE, ROUTE_FIRST, ROUTE_AGAIN, ROUTE_CLEAR, GLOBAL_IP_RECLAIM, SECURITY_CHANGE)
COMPLETE = Stage("COMPLETE", "Complete", 0.0)

# Seconds of one real minute: `realistic` is done within about half a minute, sweep included.
_SECONDS_A_MINUTE: dict[Speed, float] = {"instant": 0.0, "realistic": 1.0, "measured": 60.0}
_GAP_MINUTES = 0.1

_BY_NAME = {
    stage.name: stage
    for stage in (*PROVISION, *UPGRADE, *RELOAD, *RECLAIM, *HARDWARE, *NETWORK, STORAGE_CREATE, COMPLETE)
}


def stage_named(name: str) -> Stage:
    """Return the stage of a transaction's name."""
    return _BY_NAME[name]


def seconds(stage: Stage, speed: Speed) -> float:
    """Return how long the step takes at that speed, in seconds."""
    return max(stage.least_seconds, stage.minutes * _SECONDS_A_MINUTE[speed])


def gap_seconds(speed: Speed) -> float:
    """Return how long nothing happens between two steps at that speed, in seconds."""
    return _GAP_MINUTES * _SECONDS_A_MINUTE[speed]
