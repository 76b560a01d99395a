"""Orders a global IP, once, and finds the one an order brought.

The price is looked up by its item's key name each time, in the package type that Terraform orders from, else
in package 0, where the official client does. An order shows in Account.getOrders at once, the address minutes
later (shared facts, section 3), so it is the order that is searched for.
"""

from provider.errors import ProviderError
from provider.session import Session
from provider.softlayer.quotes import Cost, cost_of
from provider.softlayer.records import Record, as_record, as_records, records_at, text_at, whole_at

PACKAGE_TYPES = ("ADDITIONAL_SERVICES_GLOBAL_IP_ADDRESSES", "ADDITIONAL_SERVICES")
ITEM = "GLOBAL_IPV4"
CATEGORY = "global_ipv4"
COMPLEX_TYPE = "SoftLayer_Container_Product_Order_Network_Subnet"
ORDERS_MASK = "mask[id,items[categoryCode,billingItem[cancellationDate]]]"


class GlobalIpOrder:
    """See `provider.resources.ordering.creation.Made`; its id is the order's."""

    noun = "an order of a global IP"

    def __init__(self) -> None:
        self._container: dict[str, object] = {}

    async def prepare(self, session: Session) -> None:
        """Look up what is sold."""
        self._container = await container(session)

    async def listed(self, session: Session) -> set[int]:
        """Orders of global IPs that are not cancelled."""
        chosen = {"orders": {"items": {"categoryCode": {"operation": CATEGORY}}}}
        answer = await session.api.read("Account", "getOrders", mask=ORDERS_MASK, filter=chosen)
        return {
            number
            for order in as_records(answer)
            if _living(order) and (number := whole_at(order, "id")) is not None
        }

    async def make(self, session: Session) -> int | None:
        """Place it."""
        receipt = as_record(await session.api.order("Product_Order", "placeOrder", self._container))
        return whole_at(receipt, "orderId")


async def find_by_order(session: Session, order_id: int, mask: str) -> Record | None:
    """Return the global IP that an order brought; None where the account lists none such.

    Args:
        session: The configured provider.
        order_id: Number of the order.
        mask: The relations to read, with `billingItem[orderItem[order[id]]]`.
    """
    path = {"billingItem": {"orderItem": {"order": {"id": {"operation": order_id}}}}}
    answer = await session.api.read(
        "Account", "getGlobalIpRecords", mask=mask, filter={"globalIpRecords": path}
    )
    # A filter that the API does not understand is ignored there, not refused.
    same = (
        record
        for record in as_records(answer)
        if whole_at(record, "billingItem.orderItem.order.id") == order_id
    )
    return next(same, None)


async def is_order_gone(session: Session, order_id: int) -> bool:
    """Return whether the account has nothing of an order but what is cancelled: no order, and no global IP.

    Both are found by what is billed, so that a user who sees no bills is told nothing by their silence.

    Args:
        session: The configured provider.
        order_id: Number of the order.
    """
    if order_id in await GlobalIpOrder().listed(session) or not await session.account.shows_billing():
        return False
    record = await find_by_order(
        session, order_id, "mask[id,billingItem[id,cancellationDate,orderItem[order[id]]]]"
    )
    return record is None or bool(text_at(record, "billingItem.cancellationDate"))


def _living(order: Record) -> bool:
    # A filter that the API does not understand is ignored there, not refused.
    items = [item for item in records_at(order, "items") if text_at(item, "categoryCode") == CATEGORY]
    return any(not text_at(item, "billingItem.cancellationDate") for item in items)


async def container(session: Session) -> dict[str, object]:
    """Return the order.

    Raises:
        ProviderError: No global IP is sold.
    """
    for kind in PACKAGE_TYPES:
        chosen = {"type": {"keyName": {"operation": kind}}}
        packages = await session.api.read(
            "Product_Package", "getAllObjects", mask="mask[id,type[keyName]]", filter=chosen
        )
        for package in as_records(packages):
            price = await _price(session, package) if text_at(package, "type.keyName") == kind else None
            if price is not None:
                return {
                    "complexType": COMPLEX_TYPE,
                    "packageId": whole_at(package, "id"),
                    "quantity": 1,
                    "prices": [{"id": price}],
                }
    raise ProviderError(f"No package at {session.api.endpoint} sells {ITEM}. Nothing was ordered.")


async def _price(session: Session, package: Record) -> int | None:
    items = await session.api.read(
        "Product_Package",
        "getItems",
        id=whole_at(package, "id"),
        mask="mask[keyName,prices[id,locationGroupId]]",
        filter={"items": {"keyName": {"operation": ITEM}}},
    )
    for item in as_records(items):
        if text_at(item, "keyName") == ITEM:
            everywhere = [price for price in records_at(item, "prices") if not price.get("locationGroupId")]
            return next((whole_at(price, "id") for price in everywhere), None)
    return None


async def quote(session: Session) -> Cost:
    """Return what one would cost; nothing is ordered.

    Raises:
        ProviderError: The cloud does not answer.
    """
    verified = await session.api.read("Product_Order", "verifyOrder", await container(session))
    return cost_of(as_record(verified))
