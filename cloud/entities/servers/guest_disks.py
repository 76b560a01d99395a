"""The block devices of a virtual server."""

from cloud.state.records import Guest
from cloud.values import Entity, Value, structure


def block_devices(guest: Guest) -> list[Value]:
    """Return SoftLayer_Virtual_Guest_Block_Devices: 0 is the first disk, 1 swap (2 GB), then the others."""
    devices: list[Value] = [_device(guest, 0, guest.disks[0], "")]
    devices.append(_device(guest, 1, 2, "SWAP"))
    devices.extend(_device(guest, place, size, "") for place, size in enumerate(guest.disks[1:], start=2))
    return devices


def _device(guest: Guest, place: int, gigabytes: int, kind: str) -> Entity:
    number = guest.id * 10 + place
    name = f"{guest.hostname}-{kind or 'DISK'}-{place}"
    image = Entity(
        "SoftLayer_Virtual_Disk_Image",
        {
            "id": number,
            "capacity": gigabytes,
            "units": "GB",
            "name": name,
            "createDate": guest.created,
            "description": f"{guest.id}-SWAP" if kind else name,
            "typeId": 246 if kind else 241,
        },
        {
            "type": lambda: structure("", {"keyName": kind or "SYSTEM", "name": (kind or "SYSTEM").title()}),
            "localDiskFlag": lambda: guest.local_disk,
        },
    )
    return Entity(
        "SoftLayer_Virtual_Guest_Block_Device",
        {
            "id": number,
            "device": str(place),
            "mountType": "Disk",
            "mountMode": "RW",
            "bootableFlag": int(place == 0),
            "guestId": guest.id,
            "diskImageId": number,
            "createDate": guest.created,
            "statusId": 1,
        },
        {"diskImage": lambda: image},
    )
