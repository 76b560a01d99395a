"""Checked orders: what each ordered resource is to be, whichever way the order came. Plain data."""

from dataclasses import dataclass, field

from cloud.catalog.datacenters import Datacenter
from cloud.catalog.flavors import Flavor
from cloud.catalog.hardware import HardwarePreset
from cloud.catalog.items import Item
from cloud.catalog.networks import Vlan


@dataclass(frozen=True)
class _ServerRequest:
    """One server to order, of either kind.

    Attributes:
        hostname: A DNS label.
        domain: A DNS domain.
        datacenter: Datacenter of the server.
        hourly: Billed by the hour, otherwise by the month.
        items: Items of the server, those of its flavor or preset first.
        private_only: Whether it is without the public network.
        key_ids: SSH keys of the account for root.
        user_data: Values for its metadata.
        script_uri: A script to run once installed; only https ones are run.
        private_vlan: The VLAN of its backend; None for the datacenter's own.
        public_vlan: The VLAN of its public port; None for the datacenter's own.
    """

    hostname: str
    domain: str
    datacenter: Datacenter
    hourly: bool
    items: tuple[Item, ...]
    private_only: bool
    key_ids: tuple[int, ...]
    user_data: tuple[str, ...]
    script_uri: str
    private_vlan: Vlan | None = None
    public_vlan: Vlan | None = None

    def item(self, category: str) -> Item | None:
        """Return the item of a category."""
        return next((item for item in self.items if item.category == category), None)

    @property
    def os_code(self) -> str:
        """The operating system's reference code."""
        item = self.item("os")
        return item.os_code if item else ""


@dataclass(frozen=True)
class GuestRequest(_ServerRequest):
    """One virtual server to order.

    Attributes:
        flavor: The preset, or None for a custom size.
        placement_group: The group it is to belong to.
        public_groups: Security groups its public interface is to be in.
        private_groups: Security groups of its private interface.
    """

    flavor: Flavor | None = field(kw_only=True)
    placement_group: int | None = None
    public_groups: tuple[int, ...] = ()
    private_groups: tuple[int, ...] = ()

    def size(self, category: str) -> int:
        """Return the capacity of a category's item; 0 without one."""
        item = self.item(category)
        return int(item.capacity) if item and item.capacity else 0

    @property
    def disks(self) -> tuple[int, ...]:
        """Sizes of the disks in GB, the first one first."""
        return tuple(int(item.capacity) for item in self.items if item.category.startswith("guest_disk"))

    @property
    def local_disk(self) -> bool:
        """Whether the first disk is in the host."""
        first = self.item("guest_disk0")
        return bool(first and first.local)


@dataclass(frozen=True)
class HardwareRequest(_ServerRequest):
    """One bare metal server to order.

    Attributes:
        preset: Preset of the fixed configuration.
    """

    preset: HardwarePreset = field(kw_only=True)

    @property
    def speed_mbps(self) -> int:
        """The uplink's speed."""
        item = self.item("port_speed")
        return int(item.capacity) if item else 0


@dataclass(frozen=True)
class StorageRequest:
    """An object storage account to order; the datacenter is None where the order named none."""

    datacenter: Datacenter | None
    item: Item


@dataclass(frozen=True)
class OrderRequest:
    """One container's content, checked.

    Attributes:
        package_id: What was ordered from.
        preset_id: The flavor's number, if any.
        hourly: Billed by the hour.
        location: Location as the order response repeats it, "" where none was given.
        guests: The virtual servers ordered.
        storage: The object storage account ordered, if one was.
        global_ip: The item of the global IP ordered, if one was.
        hardware: The bare metal servers ordered.
    """

    package_id: int
    preset_id: int | None
    hourly: bool
    location: str
    guests: tuple[GuestRequest, ...]
    storage: StorageRequest | None = None
    global_ip: Item | None = None
    hardware: tuple[HardwareRequest, ...] = ()
