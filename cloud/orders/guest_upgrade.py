"""Upgrades of virtual servers in place: read from an order, recorded, and started.

Source: the official client's `vs upgrade` (SoftLayer_Container_Product_Order_Virtual_Guest_Upgrade with the
prices that replace those of the same category, or a preset), and Terraform's. The faults' texts are a choice,
and so is that the work begins at once whatever maintenance window the order names.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from cloud import arguments, faults
from cloud.account.account import Account
from cloud.account.billing import billing_line
from cloud.catalog.flavors import Flavor, find_flavor, find_preset
from cloud.catalog.items import CATEGORIES, GUEST_ITEMS, Item, find_price
from cloud.catalog.packages import CUSTOM_PACKAGE, FLAVOR_PACKAGE
from cloud.clock import now
from cloud.provisioning.guest_pipeline import guest_steps
from cloud.provisioning.stages import UPGRADE
from cloud.state.records import BillingItem, Guest, Order, Transaction, Upgrade
from cloud.values import Json

UPGRADE_ORDER = "SoftLayer_Container_Product_Order_Virtual_Guest_Upgrade"
_SIZE = ("guest_core", "ram")
_CHANGEABLE = (*_SIZE, "port_speed", "guest_disk1", "guest_disk2", "guest_disk3", "guest_disk4")


@dataclass(frozen=True)
class UpgradeRequest:
    """One server and what it is to become.

    Attributes:
        guest: The server as it is.
        items: The items that are new.
        flavor: The new flavor, if one was ordered.
    """

    guest: Guest
    items: tuple[Item, ...]
    flavor: Flavor | None

    def size(self, category: str, present: int) -> int:
        """Return the new capacity of a category, or the present one."""
        new = next((item for item in self.items if item.category == category), None)
        return int(new.capacity) if new else present

    @property
    def upgrade(self) -> Upgrade:
        """The server's new size."""
        sizes = {f"guest_disk{at}": size for at, size in enumerate(self.guest.disks)}
        sizes.update(
            (item.category, int(item.capacity)) for item in self.items if item.category[:-1] == "guest_disk"
        )
        return Upgrade(
            self.size("guest_core", self.guest.cpus),
            self.size("ram", self.guest.memory_mb // 1024) * 1024,
            self.flavor.key_name if self.flavor else self.guest.flavor,
            tuple(size for _, size in sorted(sizes.items())),
        )

    @property
    def needs_reboot(self) -> bool:
        """Whether more than the port's speed changes."""
        return any(item.category != "port_speed" for item in self.items)


def is_upgrade(container: Json) -> bool:
    """Return whether an order container requests an upgrade, by itself or in `orderContainers`."""
    if not isinstance(container, dict):
        return False
    inner = arguments.sequence(container, "orderContainers")
    return container.get("complexType") == UPGRADE_ORDER or bool(inner and is_upgrade(inner[0]))


def read_upgrades(account: Account, container: Json) -> tuple[UpgradeRequest, ...]:
    """Return what an upgrade order requests.

    Raises:
        ApiFault: The order is invalid, or the server has an active transaction.
    """
    outer = arguments.mapping(container, "The order container")
    many = arguments.sequence(outer, "orderContainers")
    parts = [arguments.mapping(inner, "orderContainers") for inner in many] or [outer]
    return tuple(request for inner in parts for request in _read(account, inner))


def _read(account: Account, container: dict[str, Json]) -> list[UpgradeRequest]:
    listed = [
        arguments.mapping(virtual_guest, "virtualGuests")
        for virtual_guest in arguments.sequence(container, "virtualGuests")
    ]
    if not listed:
        raise faults.invalid_order("property: virtualGuests. The server to upgrade is not set.")
    return [_request(_guest(account, guest), container) for guest in listed]


def _guest(account: Account, reference: dict[str, Json]) -> Guest:
    number = arguments.number(reference.get("id"), "virtualGuests.id")
    guest = account.store.get(Guest, number) if number is not None else None
    if guest is None:
        raise faults.not_found(str(number))
    if guest_steps(guest):
        raise faults.outstanding_transaction()
    return guest


def _request(guest: Guest, container: dict[str, Json]) -> UpgradeRequest:
    flavor = _flavor(guest, arguments.number(container.get("presetId"), "presetId"))
    items = tuple(_item(guest, price) for price in arguments.sequence(container, "prices"))
    if flavor is None and not items:
        raise faults.invalid_order("The upgrade names neither prices nor a preset.")
    twice = next((item for item in items if [two.category for two in items].count(item.category) > 1), None)
    if twice:
        raise faults.invalid_order(
            f"Only one price can be ordered in the category {CATEGORIES[twice.category][1]}."
        )
    parts = tuple(item for item in flavor.items if item.category in _SIZE) if flavor else ()
    request = UpgradeRequest(guest, (*parts, *items), flavor)
    if len(request.upgrade.disks) != 1 + max((int(disk.category[-1]) for disk in _disks(request)), default=0):
        raise faults.invalid_order("A disk can only be added after the last one.")
    return request


def _disks(request: UpgradeRequest) -> list[Item]:
    """Return the server's further disks after the upgrade."""
    before = [
        item for item in GUEST_ITEMS if item.category in _CHANGEABLE and item.category[:-1] == "guest_disk"
    ]
    present = [
        next(item for item in before if item.category == f"guest_disk{at}")
        for at in range(1, len(request.guest.disks))
    ]
    return [*present, *(item for item in request.items if item.category[:-1] == "guest_disk")]


def _flavor(guest: Guest, number: int | None) -> Flavor | None:
    if number is None:
        return None
    new, old = find_preset(number), find_flavor(guest.flavor or "")
    if new is None or old is None:
        raise faults.invalid_order(f"The preset # {number} is not valid for this server.")
    if (new.local, new.disk_gb) != (old.local, old.disk_gb):
        raise faults.invalid_order(f"The flavor {new.key_name} has another first disk than {old.key_name}.")
    return new


def _item(guest: Guest, price: Json) -> Item:
    properties = arguments.mapping(price, "prices")
    number = arguments.number(properties.get("id"), "prices.id")
    item = find_price(number) if number is not None else None
    for category in arguments.sequence(properties, "categories"):
        item = _in_category(item, arguments.mapping(category, "categories").get("id")) or item
    if item is None or item.category not in _CHANGEABLE:
        raise faults.invalid_order(f"Price # {number} does not exist or cannot be upgraded to.")
    if guest.flavor and item.category in _SIZE:
        raise faults.invalid_order(f"The server's size is set by its flavor {guest.flavor}: name a preset.")
    local = item.category.startswith("guest_disk") and item.local != guest.local_disk
    if local or (item.category == "port_speed" and item.private != guest.private_only):
        raise faults.invalid_order(f"Price # {number} ({item.description}) does not fit the server.")
    place = int(item.category[-1]) if item.category.startswith("guest_disk") else len(guest.disks)
    if place < len(guest.disks) and int(item.capacity) < guest.disks[place]:
        raise faults.invalid_order(f"{CATEGORIES[item.category][1]} cannot be made smaller.")
    return item


def _in_category(item: Item | None, category: Json) -> Item | None:
    """Return the same disk in the place that the order's category says."""
    code = next((name for name, (number, _) in CATEGORIES.items() if number == category), "")
    if item is None or not item.category.startswith("guest_disk"):
        return None
    same = (code, item.capacity, item.local)
    return next((item for item in GUEST_ITEMS if (item.category, item.capacity, item.local) == same), None)


def upgrade_items(guest: Guest, *, smaller: bool) -> list[Item]:
    """Return what the server can be upgraded to.

    Args:
        guest: The server.
        smaller: Whether to return what would make it smaller, too.
    """
    sizes = {"guest_core": guest.cpus, "ram": guest.memory_mb // 1024, "port_speed": guest.speed_mbps}
    categories = [category for category in _CHANGEABLE if not (guest.flavor and category in _SIZE)]
    return [
        item
        for item in GUEST_ITEMS
        if item.category in categories
        and (smaller or int(item.capacity) > sizes.get(item.category, 0))
        and (item.category != "port_speed" or item.private == guest.private_only)
        and (not item.category.startswith("guest_disk") or item.local == guest.local_disk)
    ]


def place_upgrades(account: Account, requests: Sequence[UpgradeRequest]) -> Order:
    """Book the upgrades as one order and begin them.

    Raises:
        ApiFault: A server has an active transaction by now; nothing is changed then.
    """
    first = requests[0]
    package = FLAVOR_PACKAGE if first.guest.flavor else CUSTOM_PACKAGE
    preset = first.flavor.id if first.flavor else None
    order = Order(account.store.numbers("Order")[0], package, preset, first.guest.hourly, now())
    with account.store.transaction():
        for request in requests:
            _guest(account, {"id": request.guest.id})
        for request in requests:
            _begin(account, request)
        account.store.put((order,))
    return order


def _begin(account: Account, request: UpgradeRequest) -> None:
    speed = request.size("port_speed", request.guest.speed_mbps)

    def change(guest: Guest, _: Transaction) -> Guest:
        return replace(guest, upgrade=request.upgrade, speed_mbps=speed)

    if request.needs_reboot:
        account.start_transaction(request.guest.id, UPGRADE[0], change)
    else:
        account.change_guest(request.guest.id, lambda record: replace(record, speed_mbps=speed))
    account.store.change(
        BillingItem, request.guest.billing_id, lambda record: _billed(account, record, request.items)
    )


def _billed(account: Account, bill: BillingItem, items: Sequence[Item]) -> BillingItem:
    """Return the bill with the new items in the places of those of their category, or at the end."""
    lines = {line.category: line for line in bill.lines}
    for item in items:
        before = lines.get(item.category)
        number = before.billing_id if before else account.store.numbers("BillingItem")[0]
        lines[item.category] = billing_line(number, item)
    return replace(bill, lines=tuple(lines.values()))


def reinstalled_bill(bill: BillingItem, system: Item) -> BillingItem:
    """Return the bill with another operating system."""
    return replace(
        bill,
        lines=tuple(
            billing_line(line.billing_id, system) if line.category == "os" else line for line in bill.lines
        ),
    )
