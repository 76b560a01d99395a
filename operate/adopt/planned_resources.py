"""What a preview would create in the account; pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pulumi.automation import events

from operate.stack.state.plan import ORDERED


@dataclass(frozen=True)
class PlannedResource:
    """A resource that would be created.

    Attributes:
        kind: Kind of the resource, such as `VirtualGuest`.
        name: Name of the resource.
        inputs: Inputs of the resource; secrets and what is unknown are no texts of their own.
    """

    kind: str
    name: str
    inputs: Mapping[str, object] = field(default_factory=dict)

    @property
    def datacenter(self) -> str:
        """Short name of the datacenter; "" where there is none."""
        return str(self.inputs.get("datacenter") or "")


class PlannedResources:
    """Listens to a preview.

    Attributes:
        resources: Resources in the order of the preview.
    """

    def __init__(self) -> None:
        self.resources: list[PlannedResource] = []

    def __call__(self, event: events.EngineEvent) -> None:
        """Handle one event."""
        if event.resource_pre_event is None:
            return
        step = event.resource_pre_event.metadata
        if step.type.startswith(ORDERED) and step.op == "create" and step.new is not None:
            kind, name = step.type.removeprefix(ORDERED), step.urn.rpartition("::")[2]
            self.resources.append(PlannedResource(kind, name, step.new.inputs or {}))
