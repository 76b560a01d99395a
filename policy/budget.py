"""What a stack costs by its resources, and whether a budget holds. Pure; knows no Pulumi.

A resource that costs something has the output `monthlyCost` (USD a month, 730 hours when billed by the hour),
known in a preview when its provider could ask what the order would cost.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

COST = "monthlyCost"
PROVIDER = "softlayer:"
"""Resource types that are counted begin so; others may use the same name for something else."""
MAX_NAMED = 5
"""Resources named in a message, the dearest first (choice)."""


@dataclass(frozen=True)
class Item:
    """One resource that costs something.

    Attributes:
        name: Name in the program.
        monthly: USD a month; None while it is not known.
    """

    name: str
    monthly: float | None


def items(resources: Iterable[tuple[str, str, Mapping[str, object]]]) -> tuple[Item, ...]:
    """Return the resources that cost something.

    Args:
        resources: Type token, name and outputs of each; a cost that is not a number is unknown.
    """
    return tuple(
        Item(name, _number(outputs[COST]))
        for token, name, outputs in resources
        if token.startswith(PROVIDER) and COST in outputs
    )


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def budget_violation(costed_items: tuple[Item, ...], budget: float) -> str | None:
    """Return the message of a stack whose known costs exceed the budget; None when it holds.

    Args:
        costed_items: Resources that cost something, as `items` returns them.
        budget: USD a month.
    """
    total = sum(item.monthly or 0.0 for item in costed_items)
    if round(total, 2) <= budget:
        return None
    dearest = sorted((item for item in costed_items if item.monthly), key=lambda item: -(item.monthly or 0.0))
    names = ", ".join(f"{item.name} {item.monthly:.2f}" for item in dearest[:MAX_NAMED])
    more = f" and {len(dearest) - MAX_NAMED} more" if len(dearest) > MAX_NAMED else ""
    return (
        f"The stack would cost {total:.2f} USD a month, {total - budget:.2f} above its budget of "
        f"{budget:.2f}: {names}{more}. Order less, or raise usdPerMonth in the policy's configuration."
    )


def unknown_costs(costed_items: tuple[Item, ...]) -> str | None:
    """Return the message about costs that are unknown and hence not counted; None where all are known."""
    open_ = [item.name for item in costed_items if item.monthly is None]
    if not open_:
        return None
    names = ", ".join(open_[:MAX_NAMED]) + (
        f" and {len(open_) - MAX_NAMED} more" if len(open_) > MAX_NAMED else ""
    )
    return (
        f"The cost of {names} is not known, so the budget does not count it. Preview with network, and with "
        "softlayer:verifyOrders auto or always."
    )
