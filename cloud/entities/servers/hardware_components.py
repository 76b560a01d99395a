"""What a bare metal server is built of. Makers and models are a choice; there is no such machine."""

from cloud.catalog.hardware import HardwarePreset
from cloud.state.records import Hardware
from cloud.values import Entity, Json, Value, structure

_FIRMWARE: Json = [{"version": "1.0", "createDate": "2020-01-01T00:00:00+00:00"}]


def components(server: Hardware, preset: HardwarePreset) -> list[Value]:
    """Return every SoftLayer_Hardware_Component: processor, memory and disks."""
    memory, cores = preset.memory_gb, preset.cores
    return [
        _component(server, 0, "PROCESSOR", "Intel", preset.processor, cores, "CORE"),
        _component(server, 1, "RAM", "Micron", f"{memory} GB RAM", memory, "GB"),
        *hard_drives(server, preset),
    ]


def hard_drives(server: Hardware, preset: HardwarePreset) -> list[Value]:
    """Return the disks among them; the official client reads their model without asking for it by a mask."""
    return [
        _component(server, at, "HARD_DRIVE", "Seagate", f"{size} GB", size, "GB")
        for at, size in enumerate(preset.disks_gb, start=2)
    ]


def _component(
    server: Hardware, at: int, kind: str, manufacturer: str, name: str, capacity: int, units: str
) -> Entity:
    number = server.id * 10 + at
    return structure(
        "SoftLayer_Hardware_Component",
        {
            "id": number,
            "hardwareId": server.id,
            "serialNumber": f"SN{number}",
            "hardwareComponentModel": {
                "id": at + 1,
                "manufacturer": manufacturer,
                "name": name,
                "longDescription": f"{manufacturer} {name}",
                "firmwares": _FIRMWARE,
                "hardwareGenericComponentModel": {
                    "id": at + 1,
                    "capacity": str(capacity),
                    "units": units,
                    "description": name,
                    "hardwareComponentType": {"id": at + 1, "keyName": kind, "type": kind.title()},
                },
            },
        },
    )
