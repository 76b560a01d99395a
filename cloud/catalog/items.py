"""The product items of virtual servers, object storage and global IPs, each with its one price.

Price ids 21, 55, 57, 58, 420, 905, 899, 1800 and 2202 are those of a recorded order template, 30920 is the
object storage account's; every other id and every fee is a choice of the real ones' size, in USD.
"""

from dataclasses import dataclass
from decimal import Decimal

from cloud.catalog.operating_systems import OPERATING_SYSTEMS

CORES = (1, 2, 3, 4, 8, 12, 16, 32, 48, 56, 64)
MEMORY_GB = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 242)
FIRST_DISK_GB = (25, 100)
FURTHER_DISK_GB = (
    10,
    20,
    25,
    30,
    40,
    50,
    75,
    100,
    125,
    150,
    175,
    200,
    250,
    300,
    350,
    400,
    500,
    750,
    1000,
    1500,
    2000,
)
MOST_DISKS = 5
SPEEDS_MBPS = (10, 100, 1000)
OBJECT_STORAGE_PRICE = 30920
_HOURS = Decimal(730)

CATEGORIES = {
    "guest_core": (80, "Computing Instance"),
    "ram": (3, "RAM"),
    "os": (12, "Operating System"),
    "guest_disk0": (81, "First Disk"),
    "guest_disk1": (82, "Second Disk"),
    "guest_disk2": (92, "Third Disk"),
    "guest_disk3": (93, "Fourth Disk"),
    "guest_disk4": (116, "Fifth Disk"),
    "port_speed": (26, "Uplink Port Speeds"),
    "bandwidth": (10, "Public Bandwidth"),
    "pri_ip_addresses": (13, "Primary IP Addresses"),
    "remote_management": (46, "Remote Management"),
    "monitoring": (20, "Monitoring"),
    "notification": (21, "Notification"),
    "response": (22, "Response"),
    "vpn_management": (31, "VPN Management - Private Network"),
    "object_storage": (301, "Object Storage"),
    "global_ipv4": (151, "Global IPv4"),
    "server": (1, "Server"),
    "disk0": (4, "First Hard Drive"),
    "disk1": (5, "Second Hard Drive"),
    "disk2": (6, "Third Hard Drive"),
    "disk3": (7, "Fourth Hard Drive"),
    "disk_controller": (11, "Disk Controller"),
    "power_supply": (35, "Power Supply"),
}


@dataclass(frozen=True)
class Item:
    """A product item and its price.

    Attributes:
        id: Id of the item.
        price_id: Id of the item's only price, valid in every location.
        key_name: Key name of the item.
        description: Description, for people.
        category: Code of the item's category.
        capacity: Capacity in cores, GB or Mbps; "" where it has none.
        units: Units of the capacity.
        hourly: Fee an hour in USD; None when it is sold by the month only.
        monthly: Fee a month in USD.
        os_code: The reference code, for an operating system.
        local: Whether it is a disk in the host, not on the SAN.
        private: Whether it is an uplink to the private network alone.
    """

    id: int
    price_id: int
    key_name: str
    description: str
    category: str
    capacity: str = ""
    units: str = ""
    hourly: Decimal | None = Decimal(0)
    monthly: Decimal = Decimal(0)
    os_code: str = ""
    local: bool = False
    private: bool = False


def _fees(hourly: str) -> tuple[Decimal, Decimal]:
    fee = Decimal(hourly)
    return fee, (fee * _HOURS * Decimal("0.85")).quantize(Decimal("0.01"))


def _cores(count: int) -> Item:
    hourly, monthly = _fees(str(Decimal("0.025") * count))
    plural = "s" if count > 1 else ""
    return Item(
        860 + count,
        1640 + count,
        f"GUEST_CORES_{count}",
        f"{count} x 2.0 GHz or higher Core{plural}",
        "guest_core",
        str(count),
        "CORE",
        hourly,
        monthly,
    )


def _memory(size: int) -> Item:
    hourly, monthly = _fees(str(Decimal("0.012") * size))
    return Item(
        2000 + size, 21000 + size, f"RAM_{size}_GB", f"{size} GB", "ram", str(size), "GB", hourly, monthly
    )


def _disk(number: int, size: int, *, local: bool) -> Item:
    place = "LOCAL" if local else "SAN"
    rate = Decimal("0.00012") if local else Decimal("0.00015")
    included = number == 0 and size == FIRST_DISK_GB[0]
    hourly, monthly = _fees("0" if included else str(rate * size))
    base = 30000 + number * 5000 + (2500 if local else 0)
    price = 2202 if included and not local else base + size + 100_000
    return Item(
        base + size,
        price,
        f"GUEST_DISK{number}_{size}_GB_{place}",
        f"{size} GB ({place})",
        f"guest_disk{number}",
        str(size),
        "GB",
        hourly,
        monthly,
        local=local,
    )


def _speed(mbps: int, *, private: bool) -> Item:
    gigabit = mbps == SPEEDS_MBPS[-1]
    hourly, monthly = _fees("0.02" if gigabit else "0")
    rate = "1 Gbps" if gigabit else f"{mbps} Mbps"
    net = "Private Network Uplink" if private else "Public & Private Network Uplinks"
    price = 899 if private and gigabit else 27000 + mbps + (5000 if private else 0)
    key = f"{mbps}_MBPS_{'PRIVATE' if private else 'PUBLIC_PRIVATE'}_NETWORK_UPLINKS"
    return Item(
        500 + mbps + (5000 if private else 0),
        price,
        key,
        f"{rate} {net}",
        "port_speed",
        str(mbps),
        "Mbps",
        hourly,
        monthly,
        private=private,
    )


def _systems() -> list[Item]:
    return [
        Item(4700 + at, 45400 + at, system.key_name, system.description, "os", os_code=system.code)
        for at, system in enumerate(OPERATING_SYSTEMS)
    ]


INCLUDED = (
    Item(505, 905, "REBOOT_REMOTE_CONSOLE", "Reboot / Remote Console", "remote_management"),
    Item(439, 1800, "BANDWIDTH_0_GB_2", "0 GB Bandwidth Allotment", "bandwidth", "0", "GB"),
    Item(15, 21, "1_IP_ADDRESS", "1 IP Address", "pri_ip_addresses", "1", "IP"),
    Item(49, 55, "MONITORING_HOST_PING", "Host Ping", "monitoring"),
    Item(51, 57, "NOTIFICATION_EMAIL_AND_TICKET", "Email and Ticket", "notification"),
    Item(52, 58, "AUTOMATED_NOTIFICATION", "Automated Notification", "response"),
    Item(
        309,
        420,
        "UNLIMITED_SSL_VPN_USERS_1_PPTP_VPN_USER_PER_ACCOUNT",
        "Unlimited SSL VPN Users & 1 PPTP VPN User per account",
        "vpn_management",
    ),
)

GUEST_ITEMS = (
    *(_cores(count) for count in CORES),
    *(_memory(size) for size in MEMORY_GB),
    *_systems(),
    *(_disk(0, size, local=local) for size in FIRST_DISK_GB for local in (False, True)),
    *(
        _disk(at, size, local=local)
        for at in range(1, MOST_DISKS)
        for size in FURTHER_DISK_GB
        for local in (False, True)
    ),
    *(_speed(mbps, private=private) for mbps in SPEEDS_MBPS for private in (False, True)),
    *INCLUDED,
)

OBJECT_STORAGE = Item(
    5154,
    OBJECT_STORAGE_PRICE,
    "OBJECT_STORAGE_ACCOUNT",
    "Object Storage Account (Pay as you go)",
    "object_storage",
    hourly=None,
)

# About 20 USD a month, by the month only, as clients' users report of 2012; ids are a choice.
GLOBAL_IPV4 = Item(
    3941,
    8741,
    "GLOBAL_IPV4",
    "Global IPv4",
    "global_ipv4",
    "0",
    "IP",
    hourly=None,
    monthly=Decimal(20),
)


_BY_PRICE = {item.price_id: item for item in (*GUEST_ITEMS, OBJECT_STORAGE, GLOBAL_IPV4)}


def find_price(price_id: int) -> Item | None:
    """Return the item of a price id, or None; those of bare metal are in `cloud.catalog.hardware`."""
    return _BY_PRICE.get(price_id)


def find_item(category: str, capacity: int, *, local: bool = False, private: bool = False) -> Item | None:
    """Return the item of that category and capacity, or None where that size is not sold."""
    attributes = (category, str(capacity), local, private)
    return next(
        (
            item
            for item in GUEST_ITEMS
            if (item.category, item.capacity, item.local, item.private) == attributes
        ),
        None,
    )


def find_system_item(os_code: str) -> Item | None:
    """Return the item of an operating system's reference code."""
    return next((item for item in GUEST_ITEMS if item.os_code == os_code), None)
