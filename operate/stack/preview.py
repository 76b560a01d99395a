"""What a preview says that `pulumi up` would do."""

from collections.abc import Mapping
from dataclasses import dataclass

MOST_NAMED = 20
"""Resources that a plan names (choice)."""


@dataclass(frozen=True)
class Preview:
    """What `pulumi up` would do.

    Attributes:
        changes: Number of resources by operation; those that stay are left out.
        touched: Names of containers there are that would be changed, replaced or deleted.
        cost: USD a month afterwards; None where it is not known.
        storage: Fingerprint of the colour's storage afterwards; "" where it is not known.
        live_storage: Storage of the other colour.
        changed: `OPERATION KIND NAME` of each resource there is that would be deleted, replaced or updated,
            in this order.
        warnings: Warnings about servers that only help and do not answer.
    """

    changes: Mapping[str, int]
    touched: frozenset[str] = frozenset()
    cost: float | None = None
    storage: str = ""
    warnings: tuple[str, ...] = ()
    live_storage: str = ""
    changed: tuple[str, ...] = ()

    def describe_with_names(self) -> str:
        """Return a description for people, with a line for each resource that changes, up to a number."""
        further = len(self.changed) - MOST_NAMED
        more = [f"and {further} more"] if further > 0 else []
        return "\n  ".join([self.describe(), *self.changed[:MOST_NAMED], *more])

    def describe(self) -> str:
        """Return a description for people."""
        changes = ", ".join(f"{number} to {name}" for name, number in sorted(self.changes.items()))
        cost = "" if self.cost is None else f"; {self.cost:.2f} USD a month"
        warnings = "".join(f"; warning: {warning}" for warning in self.warnings)
        return (changes or "no changes") + cost + warnings
