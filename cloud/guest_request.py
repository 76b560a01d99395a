"""What one ordered virtual server is to be: checked once, whichever way the order came."""

import re
from dataclasses import dataclass

from cloud.api import arguments, faults
from cloud.catalog.datacenters import Datacenter
from cloud.catalog.flavors import Flavor
from cloud.catalog.items import Item
from cloud.catalog.networks import Vlan
from cloud.values import Json

_LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")


@dataclass(frozen=True)
class GuestRequest:
    """One server to order.

    Attributes:
        hostname: a DNS label.
        domain: a DNS domain.
        datacenter: where.
        hourly: billed by the hour, otherwise by the month.
        flavor: the preset, or None for a custom size.
        items: every item of it, the flavor's own first.
        private_only: without the public network.
        key_ids: SSH keys of the account for root.
        user_data: values for its metadata.
        script_uri: a script to run once installed; only https ones are run.
        private_vlan: the VLAN of its backend; None for the datacenter's own.
        public_vlan: the VLAN of its public port; None for the datacenter's own.
        placement_group: the group it is to belong to.
        public_groups: security groups its public interface is to be in.
        private_groups: those of its private interface.
    """

    hostname: str
    domain: str
    datacenter: Datacenter
    hourly: bool
    flavor: Flavor | None
    items: tuple[Item, ...]
    private_only: bool
    key_ids: tuple[int, ...]
    user_data: tuple[str, ...]
    script_uri: str
    private_vlan: Vlan | None = None
    public_vlan: Vlan | None = None
    placement_group: int | None = None
    public_groups: tuple[int, ...] = ()
    private_groups: tuple[int, ...] = ()

    def item(self, category: str) -> Item | None:
        """The item of a category."""
        return next((one for one in self.items if one.category == category), None)

    def size(self, category: str) -> int:
        """The capacity of a category's item; 0 without one."""
        item = self.item(category)
        return int(item.capacity) if item and item.capacity else 0

    @property
    def os_code(self) -> str:
        """The operating system's reference code."""
        item = self.item("os")
        return item.os_code if item else ""

    @property
    def disks(self) -> tuple[int, ...]:
        """Sizes of the disks in GB, the first one first."""
        return tuple(int(one.capacity) for one in self.items if one.category.startswith("guest_disk"))

    @property
    def local_disk(self) -> bool:
        """Whether the first disk is in the host."""
        first = self.item("guest_disk0")
        return bool(first and first.local)


def read_groups(wanted: dict[str, Json], component: str) -> tuple[int, ...]:
    """The security groups of a component in a template: `securityGroupBindings`, by either form of the id.

    Args:
        wanted: the template.
        component: `primaryNetworkComponent` or `primaryBackendNetworkComponent`.

    Raises:
        ApiFault: an id is no number.
    """
    found = []
    name = f"{component}.securityGroupBindings"
    for one in arguments.sequence(arguments.inner(wanted, component), "securityGroupBindings"):
        binding = arguments.mapping(one, name)
        raw = binding.get("securityGroupId", arguments.inner(binding, "securityGroup").get("id"))
        number = arguments.number(raw, name)
        if number is not None:
            found.append(number)
    return tuple(dict.fromkeys(found))


def check_names(hostname: str, domain: str) -> None:
    """Refuse what is no host name or domain.

    Raises:
        ApiFault: names the property; the texts are a choice.
    """
    if not _LABEL.fullmatch(hostname):
        raise faults.invalid_value("hostname", "Letters, digits and hyphens are allowed, 63 at most.")
    labels = domain.split(".")
    if len(domain) > 180 or len(labels) < 2 or not all(_LABEL.fullmatch(one) for one in labels):
        raise faults.invalid_value("domain", "A domain name of at least two labels is needed.")
