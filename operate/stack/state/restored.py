"""What a `pulumi up` that brings a stack to its file did."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from operate.stack.state.up_steps import VERIFY

NOTHING_TO_DO = "nothing to do"
"""What a `pulumi up` did that changed nothing, for people."""


@dataclass(frozen=True)
class Restored:
    """What a restoration did.

    Attributes:
        changes: Changes, for people.
        seconds: Seconds by part: order, set up, verify.
        orders: Resources that were ordered in the account, `KIND NAME`.
        cost: USD a month afterwards; None where it is not known.
        has_changed_container: Whether a container was created, changed or started again.
    """

    changes: str
    seconds: Mapping[str, float] = field(default_factory=dict)
    orders: tuple[str, ...] = ()
    cost: float | None = None
    has_changed_container: bool = False

    @property
    def requires_verification(self) -> bool:
        """Whether a registry was started again in place, which has the program verify nothing."""
        return self.has_changed_container and VERIFY not in self.seconds

    @property
    def description(self) -> str:
        """For people."""
        parts = [self.changes]
        if self.orders:
            parts.append(f"ordered {', '.join(self.orders)}")
        if self.cost is not None:
            parts.append(f"{self.cost:.2f} USD a month")
        parts += [", ".join(f"{part} {seconds:.1f} s" for part, seconds in self.seconds.items())]
        if self.seconds and VERIFY not in self.seconds and not self.requires_verification:
            parts.append("not verified again: nothing that a push and a pull use was changed")
        return "; ".join(filter(None, parts))
