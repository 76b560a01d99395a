"""From a preview's events: what is built, only repeated or touched, cost and storage."""

import pytest
from pulumi.automation import events

from operate.stack.automation.preview_events import PreviewListener, resource_names

URN = "urn:pulumi:prod::softlayer-registry::softlayer-registry:index:Site"
SYNC = f"{URN}$softlayer-registry:index:DoorColours$command:remote:Command::dal05-a-colours"
DOOR = f"{URN}$softlayer-registry:index:FrontDoor$command:remote:Command::dal05-door"
CONTAINER = "docker:index/container:Container"


def event_of(op: str, kind: str, urn: str, name: str = "") -> events.EngineEvent:
    old = {"type": kind, "urn": urn, "inputs": {"name": name}} if op != "create" else None
    step = {"op": op, "urn": urn, "type": kind, "provider": "", "old": old, "logical": True}
    return events.EngineEvent.from_json(
        {"sequence": 1, "timestamp": 1, "resourcePreEvent": {"metadata": step}}
    )


def heard(op: str, kind: str, urn: str, name: str = "") -> PreviewListener:
    planned = PreviewListener()
    planned(event_of(op, kind, urn, name))
    return planned


@pytest.mark.parametrize("operation", events.OpType)
def test_progress_has_words_for_every_operation(operation: events.OpType) -> None:
    messages: list[str] = []
    resource_names("pulumi up", messages.append)(event_of(operation.value, CONTAINER, f"{URN}::dal05-a"))
    assert "OpType" not in str(messages)
    if operation.value in {"same", "read", "refresh"}:
        assert messages == []
    else:
        assert "ing " in messages[0].partition("pulumi up: ")[2]
        assert messages[0].endswith(" dal05-a")


@pytest.mark.parametrize(
    ("op", "urn", "builds"),
    [
        ("same", DOOR, False),
        ("read", DOOR, False),
        ("update", SYNC, False),
        ("replace", SYNC, True),
        ("delete", SYNC, True),
        ("create", SYNC, True),
        ("update", DOOR, True),
    ],
)
def test_a_repeated_sync_of_colours_builds_nothing(op: str, urn: str, builds: bool) -> None:
    assert heard(op, "command:remote:Command", urn).builds is builds


@pytest.mark.parametrize(
    ("op", "touched"),
    [("same", set()), ("create", set()), ("replace", {"registry-1"}), ("delete", {"registry-1"})],
)
def test_a_container_that_is_there_is_touched_by_what_changes_it(op: str, touched: set[str]) -> None:
    assert heard(op, CONTAINER, f"{URN}${CONTAINER}::red", "registry-1").touched == touched


def test_what_changes_is_named_the_gravest_first_and_once() -> None:
    planned = PreviewListener()
    for op, name in [
        ("update", "a-door"), ("create", "new"), ("same", "kept"), ("create-replacement", "b-image"),
        ("replace", "b-image"), ("delete-replaced", "b-image"), ("delete", "red"), ("update", "a-door"),
    ]:  # fmt: skip
        planned(event_of(op, CONTAINER, f"{URN}${CONTAINER}::{name}"))
    assert planned.changed == (
        "delete Container red",
        "replace Container b-image",
        "update Container a-door",
    )


def test_cost_and_storages_are_the_stacks_own_outputs() -> None:
    planned = PreviewListener()
    new = {
        "type": "pulumi:pulumi:Stack",
        "urn": "urn",
        "outputs": {"cost": {"monthly": 12.5}, "storages": {"red": "f"}},
    }
    metadata = {"op": "same", "urn": "urn", "type": "pulumi:pulumi:Stack", "provider": "", "new": new}
    planned(
        events.EngineEvent.from_json(
            {"sequence": 1, "timestamp": 1, "resOutputsEvent": {"metadata": metadata, "planning": True}}
        )
    )
    assert (planned.cost, dict(planned.storages), planned.builds) == (12.5, {"red": "f"}, False)
