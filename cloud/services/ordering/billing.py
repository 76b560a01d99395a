"""SoftLayer_Billing_Item, SoftLayer_Billing_Order and SoftLayer_Billing_Order_Item."""

from cloud import faults
from cloud.account.account import Account
from cloud.account.billing import cancelled_at_invoice
from cloud.entities.ordering.billing import billing_item_entity, order_entity, order_item_entity
from cloud.services.service import Call, Service, require_number
from cloud.state.records import BillingItem, Guest, Hardware, Order, StorageAccount
from cloud.values import Entity, Value

ITEM = "SoftLayer_Billing_Item"
ORDER = "SoftLayer_Billing_Order"
ORDER_ITEM = "SoftLayer_Billing_Order_Item"
_LONGEST_NOTE = 4000


def services(account: Account) -> tuple[Service, ...]:
    """Return the services of billing."""

    def item(identifier: str | None) -> Entity:
        return billing_item_entity(account, _item(account, identifier))

    def order(identifier: str | None) -> Entity:
        number = require_number(ORDER, identifier)
        record = account.store.get(Order, number)
        if record is None:
            raise faults.not_found(str(number))
        return order_entity(account, record)

    def order_item(identifier: str | None) -> Entity:
        number = require_number(ORDER_ITEM, identifier)
        bill = next((item for item in account.store.all(BillingItem) if item.order_item_id == number), None)
        if bill is None:
            raise faults.not_found(str(number))
        return order_item_entity(account, bill)

    def every_order(_: Call) -> Value:
        return [order_entity(account, order) for order in account.store.all(Order)]

    methods = {
        "cancelItem": lambda call: _cancel(account, call, immediately=bool(call.argument(0))),
        "cancelService": lambda call: _cancel_service(account, call),
        "cancelServiceOnAnniversaryDate": lambda call: _cancel(account, call, immediately=False),
    }
    return (
        Service(ITEM, item, methods),
        Service(ORDER, order, {"getAllObjects": every_order}),
        Service(ORDER_ITEM, order_item),
    )


def _item(account: Account, identifier: str | None) -> BillingItem:
    number = require_number(ITEM, identifier)
    item = account.store.get(BillingItem, number)
    if item is None:
        raise faults.not_found(str(number))
    return item


def _cancel_service(account: Account, call: Call) -> bool:
    if _item(account, call.identifier).kind == "hardware":
        raise faults.no_service_cancellation()
    return _cancel(account, call, immediately=True)


def _cancel(account: Account, call: Call, *, immediately: bool) -> bool:
    """Cancel what the item bills: an hourly one always now, a monthly one now or at the next invoice.

    Bare metal has rules of its own, see `HardwareManager.cancel`.
    """
    item = _item(account, call.identifier)
    storage = account.store.get(StorageAccount, item.resource_id) if item.kind == "storage" else None
    guest = account.store.get(Guest, item.resource_id) if item.kind == "guest" else None
    if item.kind == "hardware" and account.store.get(Hardware, item.resource_id):
        reason, note = (str(call.argument(at) or "")[:_LONGEST_NOTE] for at in (2, 3))
        account.hardware.cancel(item.resource_id, immediately=immediately, reason=reason, note=note)
    elif storage is not None:
        account.cancel_storage(storage, immediately=immediately)
    elif item.kind == "global_ip":
        account.cancel_global_ip(item, immediately=immediately)
    elif guest is not None and (immediately or item.hourly):
        account.cancel_guest(guest)
    elif guest is not None:
        account.store.change(BillingItem, item.id, cancelled_at_invoice)
    return True
