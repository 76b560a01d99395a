"""The account: what its owner may do. Every action is on disk when it returns."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace

from cloud import faults
from cloud.account.billing import billing_line, cancelled_at_invoice, cancelled_now
from cloud.account.global_ips import GlobalIps
from cloud.account.hardware import HardwareManager
from cloud.account.networks import Networks
from cloud.account.placement import check_placement
from cloud.account.requests import GuestRequest, HardwareRequest, OrderRequest, StorageRequest
from cloud.account.security_groups import SecurityGroups
from cloud.catalog.items import Item
from cloud.clock import now
from cloud.interfaces import MachineError, Machines, ObjectStorage
from cloud.provisioning.guest_pipeline import guest_specification, guest_steps
from cloud.provisioning.pipeline import Pipeline
from cloud.provisioning.stages import HARDWARE_PROVISION, PROVISION, RECLAIM, STORAGE_CREATE, Stage
from cloud.settings import CloudSettings
from cloud.state.network_records import GlobalIp
from cloud.state.record import Record
from cloud.state.records import (
    BillingItem,
    Guest,
    Hardware,
    Order,
    SshKey,
    StorageAccount,
    Transaction,
)
from cloud.state.store import Store

# The account's own number and its user's (choice).
ACCOUNT_ID = 12345
USER_ID = 167758
_STORAGE_HOME = "dal05"


@dataclass(frozen=True)
class PlacedOrder:
    """One order as it was booked."""

    order: Order
    request: OrderRequest
    guests: tuple[Guest, ...]
    storage: StorageAccount | None
    order_item_ids: tuple[int, ...]
    global_ip: GlobalIp | None = None
    hardware: tuple[Hardware, ...] = ()

    @property
    def ordered(self) -> tuple[tuple[Guest, GuestRequest], ...]:
        """The servers, each with its request."""
        return tuple(zip(self.guests, self.request.guests, strict=True))


class Account:
    """One SoftLayer account."""

    def __init__(
        self,
        settings: CloudSettings,
        store: Store,
        pipeline: Pipeline,
        machines: Machines | None,
        object_storage: ObjectStorage | None,
    ) -> None:
        self.settings = settings
        self.store = store
        self.machines = machines
        self.object_storage = object_storage
        self.networks = Networks(store, machines)
        self._pipeline = pipeline
        self.security_groups = SecurityGroups(store, pipeline.network)
        self.global_ips = GlobalIps(store, pipeline.network)
        self.hardware = HardwareManager(store, pipeline.hardware, machines)

    def place(self, requests: tuple[OrderRequest, ...]) -> tuple[PlacedOrder, ...]:
        """Book the orders, all or none, and start what they ask for.

        Raises:
            ApiFault: An SSH key or placement group is unknown, or the group is full; nothing is booked then.
        """
        with self.store.transaction():
            check_placement(self.store, requests)
            placed = tuple(self._create_records(request) for request in requests)
            members = ((guest, request) for placement, _ in placed for guest, request in placement.ordered)
            groups = self.security_groups.joined(members)
            self.store.put((*(record for _, records in placed for record in records), *groups))
        for placement, _ in placed:
            for guest in placement.guests:
                self._pipeline.guests.wake(guest.id)
            for server in placement.hardware:
                self.hardware.wake(server.id)
            if placement.storage:
                self._pipeline.storage.wake(placement.storage.id)
            if placement.global_ip:
                self.global_ips.wake(placement.global_ip.id)
        return tuple(placement for placement, _ in placed)

    def check_keys(self, request: GuestRequest) -> tuple[str, ...]:
        """Return the text of the ordered SSH keys.

        Raises:
            ApiFault: An SSH key is unknown.
        """
        return self.key_texts(request.key_ids)

    def key_texts(self, numbers: tuple[int, ...]) -> tuple[str, ...]:
        """Return the text of SSH keys.

        Raises:
            ApiFault: An SSH key is unknown.
        """
        texts = []
        for number in numbers:
            key = self.store.get(SshKey, number)
            if key is None:
                raise faults.not_found(str(number))
            texts.append(key.key)
        return tuple(texts)

    def check_groups(self, request: GuestRequest) -> None:
        """Check the ordered security groups.

        Raises:
            ApiFault: A security group is unknown.
        """
        for number in (*request.public_groups, *request.private_groups):
            self.security_groups.get(number)

    def _create_records(self, request: OrderRequest) -> tuple[PlacedOrder, tuple[Record, ...]]:
        number = self.store.numbers("Order")[0]
        order = Order(number, request.package_id, request.preset_id, request.hourly, now())
        guests, records = [], list[Record]([order])
        for guest_request in request.guests:
            guest, billing = self._create_guest(order, guest_request)
            guests.append(guest)
            records += [guest, billing]
        servers = []
        for hardware_request in request.hardware:
            server, billing = self._create_hardware(order, hardware_request)
            servers.append(server)
            records += [server, billing]
        storage = None
        if request.storage:
            storage, billing = self._create_storage(order, request.storage)
            records += [storage, billing]
        global_ip = None
        if request.global_ip:
            billing = self._billing(order, "global_ip", 0, (request.global_ip,), ("", ""))
            global_ip = self.global_ips.create(billing.id, order.created)
            records += [global_ip, replace(billing, resource_id=global_ip.id)]
        items = tuple(record.order_item_id for record in records if isinstance(record, BillingItem))
        return (
            PlacedOrder(order, request, tuple(guests), storage, items, global_ip, tuple(servers)),
            tuple(records),
        )

    def _create_guest(self, order: Order, request: GuestRequest) -> tuple[Guest, BillingItem]:
        number, unique = self.store.numbers("Guest")[0], str(uuid.uuid4())
        billing = self._billing(order, "guest", number, request.items, (request.hostname, request.domain))
        guest = Guest(
            id=number,
            uuid=unique,
            global_identifier=str(uuid.uuid4()),
            hostname=request.hostname,
            domain=request.domain,
            datacenter=request.datacenter.name,
            os_code=request.os_code,
            cpus=request.size("guest_core"),
            memory_mb=request.size("ram") * 1024,
            flavor=request.flavor.key_name if request.flavor else None,
            hourly=request.hourly,
            local_disk=request.local_disk,
            disks=request.disks,
            speed_mbps=request.size("port_speed"),
            private_only=request.private_only,
            key_ids=request.key_ids,
            sealed_keys=self.key_texts(request.key_ids),
            user_data=request.user_data,
            script_uri=request.script_uri,
            billing_id=billing.id,
            created=order.created,
            transaction=self._transaction(PROVISION[0]),
            private_vlan=request.private_vlan.id if request.private_vlan else 0,
            public_vlan=request.public_vlan.id if request.public_vlan else 0,
            placement_group=request.placement_group,
        )
        return guest, billing

    def _create_hardware(self, order: Order, request: HardwareRequest) -> tuple[Hardware, BillingItem]:
        number, names = self.store.numbers("Hardware")[0], (request.hostname, request.domain)
        billing = self._billing(order, "hardware", number, request.items, names)
        server = Hardware(
            id=number,
            global_identifier=str(uuid.uuid4()),
            hostname=request.hostname,
            domain=request.domain,
            datacenter=request.datacenter.name,
            os_code=request.os_code,
            preset=request.preset.key_name,
            hourly=request.hourly,
            speed_mbps=request.speed_mbps,
            private_only=request.private_only,
            key_ids=request.key_ids,
            sealed_keys=self.key_texts(request.key_ids),
            user_data=request.user_data,
            script_uri=request.script_uri,
            billing_id=billing.id,
            created=order.created,
            transaction=self._transaction(HARDWARE_PROVISION[0]),
            private_vlan=request.private_vlan.id if request.private_vlan else 0,
            public_vlan=request.public_vlan.id if request.public_vlan else 0,
        )
        return server, billing

    def _create_storage(self, order: Order, request: StorageRequest) -> tuple[StorageAccount, BillingItem]:
        number = self.store.numbers("StorageAccount")[0]
        ordinal = self.store.numbers("StorageNumber")[0]
        username = f"SLOS{ACCOUNT_ID}-{ordinal}"
        billing = self._billing(order, "storage", number, (request.item,), ("", ""))
        account = StorageAccount(
            number,
            ordinal,
            username,
            f"{username}:SL{ACCOUNT_ID}",
            "",
            request.datacenter.name if request.datacenter else _STORAGE_HOME,
            billing.id,
            order.created,
            transaction=self._transaction(STORAGE_CREATE),
        )
        return account, billing

    def _billing(
        self, order: Order, kind: str, resource: int, items: tuple[Item, ...], names: tuple[str, str]
    ) -> BillingItem:
        numbers = self.store.numbers("BillingItem", 2 + len(items))
        lines = tuple(
            billing_line(number, item)
            for number, item in zip((numbers[0], *numbers[2:]), items, strict=False)
        )
        return BillingItem(
            numbers[0], numbers[1], order.id, kind, resource, order.hourly, lines, *names, order.created
        )

    def _transaction(self, stage: Stage) -> Transaction:
        return Transaction(self.store.numbers("Transaction")[0], stage.name, now())

    def change_guest(self, number: int, change: Callable[[Guest], Guest]) -> None:
        """Change a guest's record; its modification date is kept.

        Raises:
            ApiFault: The server does not exist.
        """
        if self.store.change(Guest, number, lambda record: replace(change(record), modified=now())) is None:
            raise faults.not_found(str(number))

    def start_transaction(
        self, number: int, first: Stage, change: Callable[[Guest, Transaction], Guest]
    ) -> None:
        """Begin something that takes transactions with a guest that is settled.

        Args:
            number: The guest.
            first: First step of the transaction.
            change: Makes the guest's new record; receives the first transaction too.

        Raises:
            ApiFault: The guest does not exist, or another transaction is active.
        """
        with self.store.transaction():
            guest = self.store.get(Guest, number)
            if guest is None:
                raise faults.not_found(str(number))
            if guest_steps(guest):
                raise faults.outstanding_transaction()
            transaction = self._transaction(first)
            after = replace(
                change(guest, transaction), stage=0, failure="", transaction=transaction, modified=now()
            )
            self.store.put((after,))
        self._pipeline.guests.wake(number)

    def cancel_guest(self, guest: Guest) -> None:
        """Stop billing a guest now and reclaim it; a second time changes nothing."""
        with self.store.transaction():
            waiting = self._transaction(RECLAIM[0])
            self.store.change(BillingItem, guest.billing_id, cancelled_now)
            self.store.change(
                Guest,
                guest.id,
                lambda record: (
                    record
                    if record.reclaiming
                    else replace(
                        record,
                        reclaiming=True,
                        stage=0,
                        failure="",
                        transaction=waiting,
                        upgrade=None,
                        reload=None,
                        modified=now(),
                    )
                ),
            )
        self._pipeline.guests.wake(guest.id)

    def cancel_storage(self, account: StorageAccount, *, immediately: bool) -> None:
        """Cancel an object storage account: now, with all that it holds, or at the next invoice."""
        if not immediately:
            self.store.change(BillingItem, account.billing_id, cancelled_at_invoice)
            return
        with self.store.transaction():
            self.store.change(BillingItem, account.billing_id, cancelled_now)
            self.store.change(StorageAccount, account.id, lambda record: replace(record, reclaiming=True))
        self._pipeline.storage.wake(account.id)

    def cancel_global_ip(self, item: BillingItem, *, immediately: bool) -> None:
        """Give a global IP back: now, or at the next invoice."""
        if not immediately:
            self.store.change(BillingItem, item.id, cancelled_at_invoice)
            return
        self.store.change(BillingItem, item.id, cancelled_now)
        self.global_ips.cancel(item.resource_id)

    def power(self, guest: Guest, *, on: bool) -> None:
        """Power a guest on or off.

        Raises:
            ApiFault: The guest is being made or reclaimed, or its machine does not follow.
        """
        if guest_steps(guest):
            raise faults.outstanding_transaction()
        if self.machines is not None:
            try:
                self.machines.start(guest_specification(guest)) if on else self.machines.stop(guest.id)
            except MachineError as error:
                text = f"Unable to change the power state of guest {guest.id}."
                raise faults.ApiFault("SoftLayer_Exception_Virtual_Guest_Hypervisor", text) from error
        self.change_guest(guest.id, lambda record: replace(record, powered=on))

    def running(self, guest: Guest) -> bool:
        """Return whether the guest runs now, as its machine reports; without one, as recorded."""
        if self.machines is None or not guest.powered:
            return guest.powered
        try:
            return self.machines.running(guest.id)
        except MachineError:
            return guest.powered
