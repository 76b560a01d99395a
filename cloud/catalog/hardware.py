"""Bare metal servers: the presets of package BARE_METAL_SERVER and the items they are made of.

The package's number and the preset S1270_8GB_2X1TBSATA_NORAID are real; the other presets follow its pattern.
Every fee, and every number else, is a choice of the real ones' size, in USD.
"""

from dataclasses import dataclass
from decimal import Decimal

from cloud.catalog.items import GUEST_ITEMS, INCLUDED, Item

HARDWARE_SPEEDS_MBPS = (100, 1000, 10000)
_HOURS = Decimal(730)
_MONTH_OF_HOURS = Decimal("0.70")
"""A month by the month costs this part of 730 hours by the hour (choice)."""


@dataclass(frozen=True)
class HardwarePreset:
    """A fixed configuration.

    Attributes:
        id: The preset's number.
        key_name: Key name, `S1270_8GB_2X1TBSATA_NORAID`.
        description: Description, for people.
        cores: Physical cores.
        processor: The processor's name.
        memory_gb: Memory in GB.
        disks_gb: Sizes of the disks.
        items: What it is made of: server, memory, disk controller, disks, power supply.
        hourly: Whether it is sold by the hour too. Its prices name both fees all the same: the official
            client reads both of every preset.
    """

    id: int
    key_name: str
    description: str
    cores: int
    processor: str
    memory_gb: int
    disks_gb: tuple[int, ...]
    items: tuple[Item, ...]
    hourly: bool


@dataclass(frozen=True)
class _Size:
    key: str
    processor: str
    cores: int
    memory_gb: int
    disks_gb: tuple[int, ...]
    disk_key: str
    raid: str
    fee: str
    monthly_only: bool = False


_SIZES = (
    _Size("S1270", "Intel Xeon E3-1270 v3", 4, 8, (1000, 1000), "SATA", "NORAID", "0.355"),
    _Size("S1270", "Intel Xeon E3-1270 v3", 4, 32, (1000, 1000), "SATA", "NORAID", "0.415"),
    _Size("D2620", "Dual Intel Xeon E5-2620 v4", 16, 32, (4000, 4000), "SATA", "RAID_1", "0.94"),
    _Size("D2620", "Dual Intel Xeon E5-2620 v4", 16, 64, (960, 960), "SSD", "RAID_1", "1.21"),
    _Size("D2690", "Dual Intel Xeon E5-2690 v4", 28, 128, (960, 960, 960, 960), "SSD", "RAID_10", "2.02"),
    _Size("D6248", "Dual Intel Xeon Gold 6248", 40, 384, (1920, 1920), "SSD", "RAID_1", "3.9", True),
)
_FIRST_PRESET = 64
_DISK_CATEGORIES = ("disk0", "disk1", "disk2", "disk3")


def _capacity(gigabytes: int) -> str:
    return f"{gigabytes // 1000}TB" if gigabytes % 1000 == 0 else f"{gigabytes}GB"


def _preset(at: int, size: _Size) -> HardwarePreset:
    disks = f"{len(size.disks_gb)}X{_capacity(size.disks_gb[0])}{size.disk_key}_{size.raid}"
    return HardwarePreset(
        _FIRST_PRESET + at,
        f"{size.key}_{size.memory_gb}GB_{disks}",
        f"{size.processor} ({size.cores} Cores), {size.memory_gb}GB RAM, {disks.replace('_', ', ')}",
        size.cores,
        size.processor,
        size.memory_gb,
        size.disks_gb,
        _parts(at, size),
        not size.monthly_only,
    )


def _parts(at: int, size: _Size) -> tuple[Item, ...]:
    """Return the items of a server: one carries the whole fee, its parts are included (choice)."""
    number = 12_000 + at * 20
    fee = Decimal(size.fee)
    monthly = (fee * _HOURS * _MONTH_OF_HOURS).quantize(Decimal("0.01"))
    server = f"{size.processor} ({size.cores} Cores)"
    parts = [
        (f"SERVER_{size.key}_{size.memory_gb}_{at}", server, "server", str(size.cores), "CORE"),
        (f"RAM_{size.memory_gb}_GB_METAL", f"{size.memory_gb} GB RAM", "ram", str(size.memory_gb), "GB"),
        (f"DISK_CONTROLLER_{size.raid}", size.raid.replace("_", " "), "disk_controller", "", ""),
        ("REDUNDANT_POWER_SUPPLY", "Redundant Power Supply", "power_supply", "", ""),
    ]
    parts += [
        (f"HARD_DRIVE_{gigabytes}_GB_{size.disk_key}", f"{gigabytes} GB {size.disk_key}", category, *unit)
        for gigabytes, category in zip(size.disks_gb, _DISK_CATEGORIES, strict=False)
        for unit in [(str(gigabytes), "GB")]
    ]
    return tuple(
        Item(number + place, number + place + 100_000, *words, hourly=fee, monthly=monthly)
        if place == 0
        else Item(number + place, number + place + 100_000, *words)
        for place, words in enumerate(parts)
    )


PRESETS = tuple(_preset(at, size) for at, size in enumerate(_SIZES))


def _uplink(mbps: int, *, private: bool) -> Item:
    rate = f"{mbps // 1000} Gbps" if mbps >= 1000 else f"{mbps} Mbps"
    net = "Private Network Uplink" if private else "Public & Private Network Uplinks"
    fee = {100: Decimal(0), 1000: Decimal("0.027"), 10000: Decimal("0.138")}[mbps]
    key = f"{rate.replace(' ', '_').upper()}_{'PRIVATE' if private else 'PUBLIC_PRIVATE'}_NETWORK_UPLINKS"
    number = 13_000 + HARDWARE_SPEEDS_MBPS.index(mbps) * 2 + int(private)
    return Item(
        number,
        number + 100_000,
        key,
        f"{rate} {net}",
        "port_speed",
        str(mbps),
        "Mbps",
        fee,
        (fee * _HOURS).quantize(Decimal("0.01")),
        private=private,
    )


_UPLINKS = tuple(
    _uplink(mbps, private=private_only) for mbps in HARDWARE_SPEEDS_MBPS for private_only in (False, True)
)
_KVM = Item(13_100, 113_100, "REBOOT_KVM_OVER_IP", "Reboot / KVM over IP", "remote_management")
_BANDWIDTH = Item(
    13_101, 113_101, "BANDWIDTH_500_GB", "500 GB Bandwidth Allotment", "bandwidth", "500", "GB", None
)
_SHARED = tuple(item for item in INCLUDED if item.category != "remote_management")
_SYSTEMS = tuple(item for item in GUEST_ITEMS if item.category == "os")

HARDWARE_ITEMS = (
    *dict.fromkeys(item for preset in PRESETS for item in preset.items),
    *_SYSTEMS,
    *_UPLINKS,
    _KVM,
    *_SHARED,
    _BANDWIDTH,
)


def find_hardware_preset(key_name: str) -> HardwarePreset | None:
    """Return the preset of that key name, or None."""
    return next((preset for preset in PRESETS if preset.key_name == key_name), None)


def find_hardware_preset_number(preset_id: int) -> HardwarePreset | None:
    """Return the preset of that number, or None."""
    return next((preset for preset in PRESETS if preset.id == preset_id), None)


def find_uplink(mbps: int, *, private: bool) -> Item | None:
    """Return the uplink of that speed, or None where it is not sold."""
    return next(
        (uplink for uplink in _UPLINKS if (uplink.capacity, uplink.private) == (str(mbps), private)), None
    )


def included_items(*, hourly: bool, private_only: bool) -> tuple[Item, ...]:
    """Return what every server has besides preset, system and uplink: bandwidth by use, or an allotment."""
    by_use = hourly or private_only
    return (
        _KVM,
        *(item for item in _SHARED if item.category != "bandwidth" or by_use),
        *(() if by_use else (_BANDWIDTH,)),
    )
