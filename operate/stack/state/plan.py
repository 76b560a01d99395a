"""What a recovery orders, by the events of a preview; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pulumi.automation import events

from operate.stack.preview import Preview

ORDERED = "softlayer:index:"
"""Types of resources that are the account's."""
_ORDERS = frozenset({"create", "create-replacement"})
_STATE_ONLY = frozenset({"RandomSecret", "RegistryPlacement", "DestroyCheck"})
"""Kinds of which nothing is in the account."""


@dataclass(frozen=True)
class RecoveryPlan:
    """What bringing a stack back does.

    Attributes:
        preview: Changes and cost that Pulumi expects.
        orders: Resources that are ordered in the account, `KIND NAME`.
        deletions: Names of the resources that are taken off a server that stays, by DATACENTER-NAME.
    """

    preview: Preview
    orders: tuple[str, ...] = ()
    deletions: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def description(self) -> str:
        """The plan for people."""
        orders = f"orders {', '.join(self.orders)}; " if self.orders else ""
        # A preview does not know everything, and counts updates that turn out to change nothing.
        most = "at most " if "update" in self.preview.changes else ""
        return orders + most + self.preview.describe()


class PlannedOrders:
    """Listens to a preview, and collects what it would order.

    Attributes:
        orders: `KIND NAME`, in the order of the preview.
    """

    def __init__(self) -> None:
        self.orders: list[str] = []

    def __call__(self, event: events.EngineEvent) -> None:
        """Handle one event."""
        if event.resource_pre_event is None:
            return
        step = event.resource_pre_event.metadata
        if is_order(step):
            self.orders.append(order_name(step.type, step.urn))


def is_order(step: events.StepEventMetadata) -> bool:
    """Whether a step orders something in the account; one that changes what exists orders nothing."""
    return step.op in _ORDERS and bool(order_name(step.type, step.urn))


def order_name(resource_type: str, urn: str) -> str:
    """Return what is ordered in the account, `KIND NAME`; "" where a resource is nothing of the account.

    Args:
        resource_type: Type of the resource.
        urn: URN of the resource.
    """
    kind = resource_type.removeprefix(ORDERED)
    if not resource_type.startswith(ORDERED) or kind in _STATE_ONLY:
        return ""
    return f"{kind} {urn.rpartition('::')[2]}"
