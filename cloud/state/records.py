"""The records of the account: frozen, each with an id of its own kind.

Moments are RFC 3339 text with an offset (Go clients refuse anything else); money is decimal text in USD.
"""

from dataclasses import dataclass

from cloud.state.hardware_records import Hardware, Ticket
from cloud.state.record import Record
from cloud.state.server_record import Server
from cloud.state.transaction_record import Transaction


@dataclass(frozen=True)
class SshKey(Record, first_id=1_200_001):
    """A public key of the account."""

    id: int
    label: str
    key: str
    notes: str
    md5: str
    sha256: str
    created: str
    modified: str | None = None


@dataclass(frozen=True)
class Line:
    """One ordered item.

    Attributes:
        billing_id: Id of its billing item.
        price_id: What was ordered, in the catalog.
        category: Item category code, such as `ram`.
        description: Description, for people.
        hourly: Fee an hour.
        monthly: Fee a month.
    """

    billing_id: int
    price_id: int
    category: str
    description: str
    hourly: str
    monthly: str


@dataclass(frozen=True)
class Order(Record, first_id=60_000_001):
    """One placed order, kept for good."""

    id: int
    package_id: int
    preset_id: int | None
    hourly: bool
    created: str


@dataclass(frozen=True)
class BillingItem(Record, first_id=500_000_001):
    """What one resource costs.

    Attributes:
        id: The billing item; its order item has the same number in `order_item_id`.
        order_item_id: The line of the order it came from.
        order_id: The order.
        kind: Kind, `guest`, `hardware`, `storage` or `global_ip`.
        resource_id: The guest, the bare metal server, the storage account or the global IP.
        hourly: Billed by the hour, otherwise by the month.
        lines: The first is the item itself, the others its children.
        host_name: Host name of a server, as ordered.
        domain_name: Domain name of a server, as ordered.
        created: Time at which billing began.
        cancelled: Time at which billing ended or will end; None while it runs.
    """

    id: int
    order_item_id: int
    order_id: int
    kind: str
    resource_id: int
    hourly: bool
    lines: tuple[Line, ...]
    host_name: str
    domain_name: str
    created: str
    cancelled: str | None = None


@dataclass(frozen=True)
class Upgrade:
    """What a virtual server is being made into."""

    cpus: int
    memory_mb: int
    flavor: str | None
    disks: tuple[int, ...]


@dataclass(frozen=True)
class GuestReload:
    """The configuration of a virtual server's reload.

    Attributes:
        sealed_keys: The keys' text.
        script_uri: A script to run afterwards; "" for none.
    """

    os_code: str
    key_ids: tuple[int, ...]
    sealed_keys: tuple[str, ...]
    script_uri: str


@dataclass(frozen=True, kw_only=True)
class Guest(Server, first_id=110_000_001):
    """A virtual server.

    Attributes:
        private_mbps: The private port's speed where it is another than the public one's.
        placement_group: The group it was ordered into.
        upgrade: What it is being made into; None when it is not.
        reload: The reload under way; None when there is none.
    """

    uuid: str
    cpus: int
    memory_mb: int
    flavor: str | None
    local_disk: bool
    disks: tuple[int, ...]
    private_mbps: int | None = None
    placement_group: int | None = None
    upgrade: Upgrade | None = None
    reload: GuestReload | None = None


@dataclass(frozen=True)
class PlacementGroup(Record, first_id=30_001):
    """A placement group: its backend router and its rule."""

    id: int
    name: str
    router_id: int
    rule_id: int
    created: str
    modified: str | None = None


@dataclass(frozen=True)
class NetworkLabel(Record, first_id=1):
    """What the account wrote on a VLAN or subnet of that id; no id is issued."""

    id: int
    name: str = ""
    note: str = ""
    tags: tuple[str, ...] = ()
    modified: str | None = None


@dataclass(frozen=True)
class StorageUser:
    """A further user of an object storage account: what v1 auth takes, and the key."""

    login: str
    key: str


@dataclass(frozen=True)
class StorageAccount(Record, first_id=14_000_001):
    """An object storage account (Swift).

    Attributes:
        username: User name, `SLOS12345-1`.
        login: What v1 auth takes as X-Auth-User.
        key: Key of the first user; "" until it is made, and left out of the representation by its readers.
        ready: The account exists in its Swift.
        further: Further users of the account.
    """

    id: int
    number: int
    username: str
    login: str
    key: str
    datacenter: str
    billing_id: int
    created: str
    ready: bool = False
    reclaiming: bool = False
    failure: str = ""
    transaction: Transaction | None = None
    further: tuple[StorageUser, ...] = ()


__all__ = [
    "BillingItem",
    "Guest",
    "Hardware",
    "Line",
    "NetworkLabel",
    "Order",
    "PlacementGroup",
    "Server",
    "SshKey",
    "StorageAccount",
    "Ticket",
    "Transaction",
]
