"""The end of a resource's billing."""

from dataclasses import replace

from cloud.clock import now
from cloud.state.records import BillingItem


def cancelled_now(item: BillingItem) -> BillingItem:
    """The item as ended now, unless it has ended before; one that was to end later ends now."""
    return item if item.cancelled and item.cancelled <= now() else replace(item, cancelled=now())
