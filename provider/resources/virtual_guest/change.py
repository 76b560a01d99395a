"""Which changes of a virtual server are made in place, and what is to be ordered for them. Pure.

Sizes are changed by an upgrade order with a reboot. Another operating system takes a reload, which empties
the first disk, or a new server: the program says which by `reloadOnChange`. Keys, user data and script count
at an installation alone. That a flavor is only changed to one with the same first disk is a choice.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from provider.resources.contract import Change, State
from provider.resources.fields import diff_fields
from provider.resources.virtual_guest.fields import FIELDS
from provider.softlayer.records import Record, records_at, text_at, whole_at
from provider.values import Properties, Value, flag, text, whole, wholes

RESIZED = ("flavor", "cpus", "memory", "disks")
SYSTEM = ("osCode",)
"""The input whose change takes another installation."""
INSTALLED = (*SYSTEM, "userData", "postInstallScriptUri", "sshKeyIds")
"""What an installation is made of. All but the system count at an installation alone (`creation_only`)."""
PRESET = "billingItem.orderItem.preset.keyName"
SWAP = "1"
"""The block device that is swap."""
_FLAVOR = re.compile(r"([A-Z]+)[0-9]*_[0-9]+X[0-9]+X([0-9]+)")


@dataclass(frozen=True)
class Resize:
    """What an upgrade order is to change; the rest stays.

    Attributes:
        cpus: Virtual processors; None to keep them.
        memory: Memory in MB; None to keep it.
        flavor: Key name; "" to keep it.
        disks: GB by place, 1 for the second disk.
    """

    cpus: int | None = None
    memory: int | None = None
    flavor: str = ""
    disks: Mapping[int, int] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Return whether anything is to change."""
        return bool(self.cpus or self.memory or self.flavor or self.disks)


def installed(old: State) -> dict[str, Value]:
    """Return what is known to be on the server of the properties that an update may fail to bring there.

    The outputs say it, None for what they lack; the inputs in the state are already the wish of an update
    that was interrupted, and count only where there are no outputs.
    """
    properties = old.outputs or old.inputs
    return {name: properties.get(name) for name in (*RESIZED, *INSTALLED)}


def changed(present: Properties, news: Properties, names: tuple[str, ...]) -> bool:
    """Return whether the program wishes other values for some of these properties than are there."""
    fields = tuple(field for field in FIELDS if field.name in names)
    return bool(diff_fields(fields, present, {}, news))


def judged(changes: tuple[Change, ...], present: Properties, news: Properties) -> tuple[Change, ...]:
    """Return the changes, with what each takes: an edit, or a new server.

    Args:
        changes: Changes by the table; those that depend are marked as replacing.
        present: The properties as they are on the server.
        news: The desired inputs.
    """
    return tuple(
        replace(change, replaces=False)
        if change.replaces and _in_place(change.path.partition("[")[0], present, news)
        else change
        for change in changes
    )


def _in_place(name: str, present: Properties, news: Properties) -> bool:
    if name in SYSTEM:
        return flag(news, "reloadOnChange")
    if name in ("cpus", "memory"):
        return "flavor" not in news and not text(present, "flavor")
    if name == "flavor":
        return same_disk(text(present, "flavor"), text(news, "flavor"))
    return name == "disks" and _grows(wholes(present, "disks"), wholes(news, "disks"))


def same_disk(old: str, new: str) -> bool:
    """Return whether two flavors have the same first disk: names end in its size, an L stands for local."""
    before, after = _FLAVOR.fullmatch(old), _FLAVOR.fullmatch(new)
    if before is None or after is None:
        return False
    return ("L" in before[1], before[2]) == ("L" in after[1], after[2])


def _grows(old: tuple[int, ...], new: tuple[int, ...]) -> bool:
    """Return whether disks are only added or enlarged, and the first one stays."""
    if not old or len(new) < len(old) or old[0] != new[0]:
        return False
    return all(after >= before for before, after in zip(old, new, strict=False))


def resize(inputs: Properties, guest: Record) -> Resize:
    """Return what is to change of a server's size.

    Args:
        inputs: The desired inputs.
        guest: Guest with the relations of `guest_view.MASK`.
    """
    disks = {
        place: size
        for place, size in enumerate(wholes(inputs, "disks"))
        if place > 0 and size != dict(enumerate(disk_sizes(guest))).get(place)
    }
    present = text_at(guest, PRESET)
    if text(inputs, "flavor"):
        return Resize(flavor=text(inputs, "flavor") if text(inputs, "flavor") != present else "", disks=disks)
    cpus, memory = whole(inputs, "cpus"), whole(inputs, "memory")
    return Resize(
        cpus=cpus if cpus != whole_at(guest, "startCpus") else None,
        memory=memory if memory != whole_at(guest, "maxMemory") else None,
        disks=disks,
    )


def disk_sizes(guest: Record) -> tuple[int, ...]:
    """Return the server's disks in GB, the first one first, without swap."""
    sizes = (
        whole_at(disk, "diskImage.capacity")
        for disk in records_at(guest, "blockDevices")
        if text_at(disk, "device") != SWAP
    )
    return tuple(size for size in sizes if size)


def reload_number(guest: Record) -> int | None:
    """Return the transaction of the server's last reload; None when there was none."""
    return whole_at(guest, "lastOperatingSystemReload.id")
