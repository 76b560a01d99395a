"""How a record is called, in results, history, dashboard and reports alike."""

import pytest

from operate.dashboard.view import _entry as dashboard_entry
from operate.record.door_move import DoorMove
from operate.record.record import Record
from operate.stack.facts import Colour
from operate.status.status import describe_entry
from operate.swap.report import page


def record_of(kind: str, source: Colour, releases: tuple[str, str], move: DoorMove | None = None) -> Record:
    return Record(
        "000001", kind, "op@host", "", "2026-11-30T10:00:00Z", source, source.opposite, *releases,
        result="live", door_move=move,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("record", "title"),
    [
        (record_of("swap", Colour.RED, ("1", "2")), "swap to release 2 (black)"),
        # Of a rollback the source is what is live again.
        (record_of("rollback", Colour.RED, ("1", "2")), "rollback to release 1 (red)"),
        (record_of("retire", Colour.RED, ("1", "2")), "retire of black, release 2"),
        (
            record_of("move", Colour.RED, ("1", "1"), DoorMove("dal05-a", "dal05-b", builds=True)),
            "move from dal05-a to dal05-b",
        ),
    ],
)
def test_a_record_has_the_same_title_everywhere(record: Record, title: str) -> None:
    assert describe_entry(record) == f"2026-11-30T10:00:00Z op@host {title}: live"
    assert dashboard_entry(record).headline.startswith(f"{title}, by op@host")
    assert f"{title}: live" in page(record)
