"""What an upgrade order is answered with: the new prices, and the sums over them alone (choice)."""

from collections.abc import Sequence

from cloud.account.account import ACCOUNT_ID
from cloud.catalog.prices import price
from cloud.orders.guest_upgrade import UPGRADE_ORDER, UpgradeRequest
from cloud.orders.order_response import totals
from cloud.state.records import Order
from cloud.values import Json


def upgrade_verification_response(requests: Sequence[UpgradeRequest]) -> dict[str, Json]:
    """Return what verifyOrder answers."""
    items = [item for request in requests for item in request.items]
    first = requests[0]
    guests: list[Json] = [
        {"id": request.guest.id, "hostname": request.guest.hostname} for request in requests
    ]
    result: dict[str, Json] = {
        "complexType": UPGRADE_ORDER,
        "prices": [price(item) for item in items],
        "useHourlyPricing": first.guest.hourly,
        "virtualGuests": guests,
        **totals(items, hourly_billing=first.guest.hourly),
    }
    if first.flavor:
        result["presetId"] = first.flavor.id
    return result


def upgrade_response(order: Order, requests: Sequence[UpgradeRequest]) -> dict[str, Json]:
    """Return what placeOrder answers."""
    return {
        "orderId": order.id,
        "orderDate": order.created,
        "orderDetails": upgrade_verification_response(requests),
        "placedOrder": {"id": order.id, "accountId": ACCOUNT_ID, "status": "APPROVED", "items": []},
    }
