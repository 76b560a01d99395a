"""Billing: orders, their items, and what runs up costs."""

from collections.abc import Sequence
from decimal import Decimal

from cloud.account.account import ACCOUNT_ID, USER_ID, Account
from cloud.catalog.datacenters import find_datacenter
from cloud.catalog.flavors import Flavor, find_flavor, find_preset
from cloud.catalog.hardware import HardwarePreset, find_hardware_preset_number
from cloud.catalog.packages import HARDWARE_PACKAGE, find_package
from cloud.catalog.prices import money
from cloud.clock import next_month, now
from cloud.entities.location import datacenter_entity
from cloud.entities.ordering.product import package_entity, preset_entity
from cloud.entities.transaction import transaction_entity
from cloud.provisioning.stages import COMPLETE
from cloud.state.network_records import GlobalIp
from cloud.state.records import BillingItem, Guest, Hardware, Line, Order, StorageAccount, Transaction
from cloud.values import Entity, Scalar, Value, structure


def user_entity(account: Account) -> Entity:
    """Return the account's only user, a SoftLayer_User_Customer."""
    return structure(
        "SoftLayer_User_Customer",
        {
            "id": USER_ID,
            "accountId": ACCOUNT_ID,
            "username": account.settings.username,
            "displayName": account.settings.username,
            "firstName": "Local",
            "lastName": "Operator",
        },
    )


def _fees(line: Line, item: BillingItem) -> dict[str, Scalar]:
    """Both fees are always there; which one is billed, the hourly flag says (choice)."""
    return {
        "categoryCode": line.category,
        "description": line.description,
        "recurringFee": line.monthly,
        "hourlyRecurringFee": line.hourly if item.hourly else "0",
        "laborFee": "0",
        "oneTimeFee": "0",
        "setupFee": "0",
    }


def _amount(item: BillingItem, lines: Sequence[Line]) -> float:
    # An hourly item's next invoice would carry its hours; a month of 730 stands for them (choice).
    if item.hourly:
        return float(sum((Decimal(line.hourly) for line in lines), Decimal(0)) * 730)
    return float(sum((Decimal(line.monthly) for line in lines), Decimal(0)))


def _dates(item: BillingItem) -> dict[str, Scalar]:
    return {
        "createDate": item.created,
        "cycleStartDate": item.created,
        "lastBillDate": item.created,
        "modifyDate": item.created,
        "nextBillDate": next_month(now()),
        "cancellationDate": item.cancelled,
    }


def billing_item_entity(account: Account, item: BillingItem) -> Entity:
    """Return a SoftLayer_Billing_Item; its children are the further items of the same order line."""
    top = item.lines[0]
    children = [_child_entity(item, line) for line in item.lines[1:]]
    local: dict[str, Value] = {
        "id": item.id,
        **_fees(top, item),
        **_dates(item),
        "orderItemId": item.order_item_id,
        "parentId": None,
        "recurringMonths": 1,
        "serviceProviderId": 1,
        "allowCancellationFlag": 1,
        "hostName": item.host_name or None,
        "domainName": item.domain_name or None,
        "resourceTableId": item.resource_id,
    }
    return Entity(
        "SoftLayer_Billing_Item",
        local,
        {
            "children": lambda: children,
            "activeChildren": lambda: children,
            "nextInvoiceChildren": lambda: children,
            "orderItem": lambda: order_item_entity(account, item),
            "package": lambda: _package(account, item),
            "location": lambda: _location(account, item),
            "hourlyFlag": lambda: item.hourly,
            "activeFlag": lambda: item.cancelled is None,
            "nextInvoiceTotalRecurringAmount": lambda: _amount(item, item.lines),
            "provisionTransaction": lambda: _provision_transaction(account, item),
            "cancellationRequests": list,
        },
    )


def _child_entity(item: BillingItem, line: Line) -> Entity:
    local: dict[str, Value] = {
        "id": line.billing_id,
        **_fees(line, item),
        **_dates(item),
        "parentId": item.id,
    }
    return Entity(
        "SoftLayer_Billing_Item",
        local,
        {
            "nextInvoiceTotalRecurringAmount": lambda: _amount(item, (line,)),
            "hourlyFlag": lambda: item.hourly,
        },
    )


def _provision_transaction(account: Account, item: BillingItem) -> Entity | None:
    """Return the step under way on the item's resource; one that is COMPLETE when it is ready."""
    store = account.store
    if item.kind == "guest":
        guest = store.get(Guest, item.resource_id)
        under_way, ready = (guest.transaction, guest.provisioned is not None) if guest else (None, False)
    elif item.kind == "global_ip":
        global_ip = store.get(GlobalIp, item.resource_id)
        under_way, ready = (
            (None if global_ip.address else global_ip.transaction, True) if global_ip else (None, False)
        )
    elif item.kind == "hardware":
        server = store.get(Hardware, item.resource_id)
        under_way, ready = (server.transaction, server.provisioned is not None) if server else (None, False)
    else:
        storage = store.get(StorageAccount, item.resource_id)
        under_way, ready = (storage.transaction, storage.ready) if storage else (None, False)
    if ready and under_way is None:
        under_way = Transaction(item.id, COMPLETE.name, item.created)
    return (
        transaction_entity(
            under_way,
            item.resource_id if item.kind == "guest" else None,
            item.resource_id if item.kind == "hardware" else None,
        )
        if under_way
        else None
    )


def _location(account: Account, item: BillingItem) -> Entity | None:
    if item.kind == "global_ip":
        return None
    store = account.store
    number = item.resource_id
    resource: Guest | Hardware | StorageAccount | None
    if item.kind == "guest":
        resource = store.get(Guest, number)
    elif item.kind == "hardware":
        resource = store.get(Hardware, number)
    else:
        resource = store.get(StorageAccount, number)
    datacenter = find_datacenter(resource.datacenter) if resource else None
    return datacenter_entity(datacenter) if datacenter else None


def _package(account: Account, item: BillingItem) -> Entity | None:
    order = account.store.get(Order, item.order_id)
    package = find_package(order.package_id) if order else None
    return package_entity(package) if package else None


def order_item_entity(account: Account, item: BillingItem) -> Entity:
    """Return a SoftLayer_Billing_Order_Item: the line of the order a resource came from."""
    top, order = item.lines[0], account.store.get(Order, item.order_id)
    flavor = _flavor(account, item, order)
    local: dict[str, Value] = {
        "id": item.order_item_id,
        "parentId": None,
        **_fees(top, item),
        "itemPriceId": str(top.price_id),
        "quantity": 1,
        "hostName": item.host_name or None,
        "domainName": item.domain_name or None,
    }
    return Entity(
        "SoftLayer_Billing_Order_Item",
        local,
        {
            "order": lambda: order_entity(account, order) if order else None,
            "preset": lambda: preset_entity(flavor, order.package_id) if flavor and order else None,
            "billingItem": lambda: billing_item_entity(account, item),
            "package": lambda: _package(account, item),
            "location": lambda: _location(account, item),
        },
    )


def _flavor(account: Account, item: BillingItem, order: Order | None) -> Flavor | HardwarePreset | None:
    """Return the flavor a guest has now, an upgrade's included; else the one ordered."""
    guest = account.store.get(Guest, item.resource_id) if item.kind == "guest" else None
    if guest:
        return find_flavor(guest.flavor or "")
    if order is None or order.preset_id is None:
        return None
    metal = order.package_id == HARDWARE_PACKAGE
    return find_hardware_preset_number(order.preset_id) if metal else find_preset(order.preset_id)


def order_entity(account: Account, order: Order) -> Entity:
    """Return a SoftLayer_Billing_Order."""

    def own() -> list[BillingItem]:
        return [item for item in account.store.all(BillingItem) if item.order_id == order.id]

    local: dict[str, Value] = {
        "id": order.id,
        "accountId": ACCOUNT_ID,
        "createDate": order.created,
        "modifyDate": order.created,
        "orderTypeId": 4,
        "status": "APPROVED",
        "userRecordId": USER_ID,
    }
    return Entity(
        "SoftLayer_Billing_Order",
        local,
        {
            "items": lambda: [order_item_entity(account, item) for item in own()],
            "orderTopLevelItems": lambda: [order_item_entity(account, item) for item in own()],
            "userRecord": lambda: user_entity(account),
            "orderTotalAmount": lambda: money(
                sum((Decimal(line.monthly) for item in own() for line in item.lines), Decimal(0))
            ),
            "orderApprovalDate": lambda: order.created,
        },
    )
