"""The steps a virtual server goes through, from order to ready and from cancel to gone, and their time.

Names and order are those of an IBM sample of 2014; minutes are a choice within the 383 to 2159 s that SLDN
records for a whole provisioning, and the sweep that ends a deletion is the 20 minutes Terraform users report.
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
        name: of the transaction status.
        friendly: the status for people.
        minutes: how long it takes on the real cloud; a machine's own time counts towards it.
        work: what is really done meanwhile.
    """

    name: str
    friendly: str
    minutes: float
    work: Work = ""


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
    one.name: one for one in (*PROVISION, *UPGRADE, *RELOAD, *RECLAIM, *NETWORK, STORAGE_CREATE, COMPLETE)
}


def stage_named(name: str) -> Stage:
    """The stage of a transaction's name."""
    return _BY_NAME[name]


def seconds(stage: Stage, speed: Speed) -> float:
    """How long the step takes at that speed, in seconds."""
    return stage.minutes * _SECONDS_A_MINUTE[speed]


def gap_seconds(speed: Speed) -> float:
    """How long nothing happens between two steps at that speed, in seconds."""
    return _GAP_MINUTES * _SECONDS_A_MINUTE[speed]
