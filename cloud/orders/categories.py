"""Categories of what is ordered: those that must be there, each once."""

from collections.abc import Iterable

from cloud import faults
from cloud.catalog.items import CATEGORIES, Item


def check_categories(items: Iterable[Item], required: Iterable[str]) -> None:
    """Refuse an order that lacks a category or has two prices in one.

    Raises:
        ApiFault: The order lacks a category or has two prices in one; the texts are SoftLayer's.
    """
    present = [item.category for item in items]
    for category in required:
        if category not in present:
            raise faults.missing_category(CATEGORIES[category][1])
    twice = next((category for category in present if present.count(category) > 1), None)
    if twice:
        raise faults.invalid_order(f"Only one price can be ordered in the category {CATEGORIES[twice][1]}.")
