"""What the events of a preview show; pure."""

import re
from collections.abc import Callable, Mapping

from pulumi.automation import events

from operate.stack.facts import Colour
from operate.stack.preview import Preview

_UNCHANGED = frozenset({"same", "read", "refresh"})
_UNTOUCHED = _UNCHANGED | {"create"}
_PARTICIPLES = {
    "create": "creating",
    "update": "updating",
    "delete": "deleting",
    "replace": "replacing",
    "create-replacement": "creating the replacement of",
    "delete-replaced": "deleting the replaced",
    "read-replacement": "reading the replacement of",
    "discard": "discarding",
    "discard-replaced": "discarding the replaced",
    "remove-pending-replace": "forgetting the replaced",
    "import": "importing",
    "import-replacement": "importing the replacement of",
}
"""What the engine does, by its operations (pulumi.automation.events.OpType)."""
_CHANGES = ("delete", "replace", "update")
"""Operations on what there is, the gravest first."""
_CONTAINER = "docker:index/container:Container"
_COMMAND = "command:remote:Command"
_SERVER = "softlayer-registry:index:Server::"
"""In the URN of a component `Server`."""
_COLOUR_TAG = re.compile(r"<\{%.*?%\}>")
"""The engine's marks for colours in a diagnostic's text (sdk/go/common/diag/colors, read in 3.259)."""
_DOOR_COLOURS = "$softlayer-registry:index:DoorColours$"
"""In the URN of what a component `DoorColours` has."""


def helper_warning(event: events.EngineEvent) -> str:
    """Return what the program warns of a server that only helps and does not answer; else ""."""
    diagnostic = event.diagnostic_event
    if diagnostic is None or diagnostic.severity != "warning" or _SERVER not in (diagnostic.urn or ""):
        return ""
    return " ".join(_COLOUR_TAG.sub("", diagnostic.message).removeprefix("warning: ").split())


Listener = Callable[[events.EngineEvent], None]


def hearing(*listeners: Listener) -> Listener:
    """Return a listener that lets several others hear each event, in their order."""

    def hear(event: events.EngineEvent) -> None:
        for listener in listeners:
            listener(event)

    return hear


def describe_operation(operation: str) -> str:
    """Return what an operation of the engine does, for people, such as `creating`.

    Args:
        operation: Operation as the engine's events have it.
    """
    return _PARTICIPLES.get(operation, operation)


def resource_names(title: str, show: Callable[[str], None]) -> Listener:
    """Return a listener that shows the resource at which the engine is, where it changes.

    Args:
        title: Title of the engine's operation, for people.
        show: Receives the title with the operation and the name.
    """

    def hear(event: events.EngineEvent) -> None:
        if event.resource_pre_event is not None:
            step = event.resource_pre_event.metadata
            if step.op not in _UNCHANGED:
                show(f"{title}: {describe_operation(str(step.op.value))} {step.urn.rpartition('::')[2]}")

    return hear


class PreviewListener:
    """Listens to a preview.

    Attributes:
        touched: Names of containers there are that would be changed, replaced or deleted.
        builds: Whether anything would change but the colour with which a new front door starts.
        cost: USD a month afterwards; None if it is unknown.
        storages: Fingerprint afterwards, by colour.
        warnings: Warnings about servers that only help and do not answer.
    """

    def __init__(self) -> None:
        self.touched: set[str] = set()
        self._changed: set[tuple[int, str, str]] = set()
        self.builds = False
        self.cost: float | None = None
        self.storages: Mapping[str, str] = {}
        self.warnings: list[str] = []

    @property
    def changed(self) -> tuple[str, ...]:
        """`OPERATION KIND NAME` of what would be deleted, replaced or updated, in this order."""
        return tuple(f"{_CHANGES[at]} {kind} {name}" for at, name, kind in sorted(self._changed))

    def __call__(self, event: events.EngineEvent) -> None:
        """Handle one event."""
        if event.resource_pre_event is not None:
            self._read_step(event.resource_pre_event.metadata)
        if event.res_outputs_event is not None:
            self._read_outputs(event.res_outputs_event.metadata)
        if warning := helper_warning(event):
            self.warnings.append(warning)

    def preview(self, changes: Mapping[str, int], colour: Colour) -> Preview:
        """Return what was heard.

        Args:
            changes: Number of resources by operation, which the engine gives at the end.
            colour: Colour whose storage is `storage`.
        """
        storage, opposite_storage = (self.storages.get(each.value, "") for each in (colour, colour.opposite))
        warnings, touched = tuple(self.warnings), frozenset(self.touched)
        return Preview(changes, touched, self.cost, storage, warnings, opposite_storage, self.changed)

    def _read_step(self, step: events.StepEventMetadata) -> None:
        updates_door_colours = step.type == _COMMAND and step.op == "update" and _DOOR_COLOURS in step.urn
        if step.op in _CHANGES:
            kind, resource = step.type.rpartition(":")[2], step.urn.rpartition("::")[2]
            self._changed.add((_CHANGES.index(step.op), resource, kind))
        self.builds = self.builds or not (step.op in _UNCHANGED or updates_door_colours)
        if step.type != _CONTAINER or step.op in _UNTOUCHED or step.old is None:
            return
        name = (step.old.inputs or {}).get("name") or (step.old.outputs or {}).get("name")
        self.touched.add(str(name))

    def _read_outputs(self, step: events.StepEventMetadata) -> None:
        if step.type != "pulumi:pulumi:Stack" or step.new is None:
            return
        outputs = step.new.outputs or {}
        cost = outputs.get("cost")
        month = cost.get("monthly") if isinstance(cost, Mapping) else None
        if isinstance(month, int | float):
            self.cost = float(month)
        storages = outputs.get("storages")
        if isinstance(storages, Mapping):
            self.storages = {str(colour): str(fingerprint) for colour, fingerprint in storages.items()}
