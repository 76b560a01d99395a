"""What one ordered bare metal server is to be: checked once, whichever way the order came."""

from dataclasses import dataclass

from cloud.catalog.datacenters import Datacenter
from cloud.catalog.hardware import HardwarePreset
from cloud.catalog.items import Item
from cloud.catalog.networks import Vlan


@dataclass(frozen=True)
class HardwareRequest:
    """One server to order.

    Attributes:
        hostname: a DNS label.
        domain: a DNS domain.
        datacenter: where.
        hourly: billed by the hour, otherwise by the month.
        preset: its fixed configuration.
        items: every item of it, the preset's own first.
        private_only: without the public network.
        key_ids: SSH keys of the account for root.
        user_data: values for its metadata.
        script_uri: a script to run once installed; only https ones are run.
        private_vlan: the VLAN of its backend; None for the datacenter's own.
        public_vlan: the VLAN of its public port; None for the datacenter's own.
    """

    hostname: str
    domain: str
    datacenter: Datacenter
    hourly: bool
    preset: HardwarePreset
    items: tuple[Item, ...]
    private_only: bool
    key_ids: tuple[int, ...]
    user_data: tuple[str, ...]
    script_uri: str
    private_vlan: Vlan | None = None
    public_vlan: Vlan | None = None

    def item(self, category: str) -> Item | None:
        """The item of a category."""
        return next((one for one in self.items if one.category == category), None)

    @property
    def os_code(self) -> str:
        """The operating system's reference code."""
        item = self.item("os")
        return item.os_code if item else ""

    @property
    def speed_mbps(self) -> int:
        """The uplink's speed."""
        item = self.item("port_speed")
        return int(item.capacity) if item else 0
