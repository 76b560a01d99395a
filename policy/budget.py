"""What a stack costs by its resources, and whether a budget holds. Pure; knows no Pulumi.

A resource that costs something has the output `monthlyCost` (USD a month, 730 hours when billed by the hour),
known in a preview when its provider could ask what the order would cost.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

COST = "monthlyCost"
PROVIDER = "softlayer:"
"""Resource types that are counted begin so; others may use the same name for something else."""
SHOWN = 5
"""Resources named in a message, the dearest first (choice)."""


@dataclass(frozen=True)
class Item:
    """One resource that costs something.

    Attributes:
        name: in the program.
        monthly: USD a month; None while it is not known.
    """

    name: str
    monthly: float | None


def items(resources: Iterable[tuple[str, str, Mapping[str, object]]]) -> tuple[Item, ...]:
    """The resources that cost something.

    Args:
        resources: type token, name and outputs of each; a value that is no number is not known.
    """
    return tuple(
        Item(name, _number(outputs[COST]))
        for token, name, outputs in resources
        if token.startswith(PROVIDER) and COST in outputs
    )


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def over_budget(found: tuple[Item, ...], budget: float) -> str | None:
    """What to say when the known costs exceed the budget; None when it holds.

    Args:
        found: as `items`.
        budget: USD a month.
    """
    total = sum(item.monthly or 0.0 for item in found)
    if round(total, 2) <= budget:
        return None
    dearest = sorted((item for item in found if item.monthly), key=lambda item: -(item.monthly or 0.0))
    named = ", ".join(f"{item.name} {item.monthly:.2f}" for item in dearest[:SHOWN])
    more = f" and {len(dearest) - SHOWN} more" if len(dearest) > SHOWN else ""
    return (
        f"The stack would cost {total:.2f} USD a month, {total - budget:.2f} above its budget of "
        f"{budget:.2f}: {named}{more}. Order less, or raise usdPerMonth in the policy's configuration."
    )


def not_known(found: tuple[Item, ...]) -> str | None:
    """What to say when costs are not known, so that the budget counts only the others; None when all are."""
    open_ = [item.name for item in found if item.monthly is None]
    if not open_:
        return None
    named = ", ".join(open_[:SHOWN]) + (f" and {len(open_) - SHOWN} more" if len(open_) > SHOWN else "")
    return (
        f"The cost of {named} is not known, so the budget does not count it. Preview with network, and with "
        "softlayer:verifyOrders auto or always."
    )
