"""The lines of a bill, and the end of what it bills."""

from dataclasses import replace
from decimal import Decimal

from cloud.catalog.items import Item
from cloud.catalog.prices import money
from cloud.clock import next_month, now
from cloud.state.records import BillingItem, Line


def billing_line(number: int, item: Item) -> Line:
    """Return the line of an item, under a number of its own."""
    return Line(
        number,
        item.price_id,
        item.category,
        item.description,
        money(item.hourly or Decimal(0)),
        money(item.monthly),
    )


def cancelled_now(item: BillingItem) -> BillingItem:
    """Return the item as ended now, unless it has ended before; one that was to end later ends now."""
    return item if item.cancelled and item.cancelled <= now() else replace(item, cancelled=now())


def cancelled_at_invoice(item: BillingItem) -> BillingItem:
    """Return the item as ending at its next invoice, unless its end is known."""
    return replace(item, cancelled=item.cancelled or next_month(now()))
