"""What a compromised registry writes beside the images chooses nothing that an operator does."""

import ast
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dev.local.environment import CHECKOUT
from operate.history.history import CURRENT, History
from operate.history.unknown_record import UnknownRecord
from operate.lock.lock import acquire, find_holder
from operate.record.record import Record
from operate.stack.facts import Colour
from operate.status.status import describe_entry
from operate.store.signed_store import SignedStore
from tests.unit.operate.store.lagging_store import LaggingStore
from tests.unit.operate.swap.simulated_stack import holder

KEY = "5a" * 32
RECORD = Record("000001", "swap", "op@host", "", "now", Colour.RED, Colour.BLACK, "1", "2", token=1)


def stores() -> tuple[LaggingStore, SignedStore]:
    """The registry's own container, as a compromised registry has it, and as an operator has it."""
    container = LaggingStore(lambda count: count - 1)
    return container, SignedStore(container, KEY)


@given(st.binary(), st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_what_is_signed_comes_back_the_same(content: bytes, name: str) -> None:
    _, signed = stores()
    signed.put(name, content)
    read_back = signed.get(name)
    assert read_back is not None
    assert (read_back.content, read_back.genuine) == (content, True)


@given(st.binary(), st.integers(min_value=0), st.integers(1, 255))
def test_one_changed_byte_makes_it_foreign(content: bytes, place: int, change: int) -> None:
    container, signed = stores()
    signed.put("a", content)
    stored = container.get("a")
    assert stored is not None
    forged = bytearray(stored.content)
    forged[place % len(forged)] ^= change
    container.put("a", bytes(forged))
    read_back = signed.get("a")
    assert read_back is not None
    assert (read_back.content, read_back.genuine) == (b"", False)


def test_a_signature_is_good_for_its_name_and_key_alone() -> None:
    container, signed = stores()
    signed.put("operate/history/000001.json", b"{}")
    moved = container.get("operate/history/000001.json")
    assert moved is not None
    container.put(CURRENT, moved.content)
    read_back, elsewhere = (
        signed.get(CURRENT),
        SignedStore(container, "other").get("operate/history/000001.json"),
    )
    assert read_back is not None
    assert elsewhere is not None
    assert (read_back.genuine, elsewhere.genuine) == (False, False)


def test_a_forged_swap_is_never_gone_on_with() -> None:
    container, signed = stores()
    forged = json.loads(RECORD.to_json()) | {"settings": {"baseImage": "evil"}, "token": 10**15}
    container.put(CURRENT, json.dumps(forged).encode())
    history = History(signed)
    current = history.current()
    assert isinstance(current, UnknownRecord)
    assert "not signed with this stack's key" in current.description
    history.write(RECORD)
    assert history.current() == RECORD


def test_forged_entries_are_shown_and_skipped() -> None:
    container, signed = stores()
    history = History(signed)
    history.write(RECORD)
    history.keep_report(RECORD, "<html>")
    history.enter(RECORD)
    history.clear()
    container.put("operate/history/000002.json", RECORD.to_json())
    container.put("operate/history/000002.html", b"<script>")
    container.put("operate/history/evil.json", b"")
    latest = history.latest()
    assert (latest.number, latest.record) == (1, RECORD)
    assert [entry.id for entry in latest.skipped] == ["000002", "'evil.json'"]
    assert (history.report("000001"), history.report("000002")) == ("<html>", None)


def test_the_history_shows_what_others_wrote_exchanged_or_took_away() -> None:
    container, signed = stores()
    history = History(signed)
    for number in range(1, 5):
        history.enter(replace(RECORD, id=f"{number:06d}"))
    container.put("operate/history/000002.json", RECORD.to_json())
    container.delete("operate/history/000003.json")
    container.put("operate/history/000005.json", RECORD.to_json())
    container.put(CURRENT, b"{}")
    entries = history.entries(4)
    assert [entry.id for entry in entries] == [CURRENT, "000005", "000004", "000003", "000002", "000001"]
    lines = [describe_entry(entry) for entry in entries]
    for index in (0, 1, 4):
        assert "not signed with this stack's key" in lines[index]
    assert "this one is missing" in lines[3]
    for index in (0, 1, 3, 4):
        assert lines[index].endswith("no command reads it; see docs/runbooks/changed-records.md")
    assert "changed-records" not in lines[2] + lines[5]


@pytest.mark.parametrize("name", ["zzz", "1", "00000000000x", "9" * 13, "9" * 12, "000000000007"])
def test_names_beside_the_locks_block_nobody(name: str) -> None:
    container, signed = stores()
    container.put(f"operate/lock/{name}", holder(9).to_json())
    assert find_holder(signed) is None
    for number in (1, 2):
        with acquire(signed, holder(number), pause=lambda _: None) as lock:
            assert lock.token == number


def test_a_forged_lock_in_the_place_of_the_next_one_is_waited_for_and_passed_over() -> None:
    container, signed = stores()
    container.put("operate/lock/000000000001", holder(9).to_json())
    container.seconds += 61
    with acquire(signed, holder(1), pause=lambda _: None) as lock:
        assert lock.token == 2
    container.put("operate/lock/000000000003", b"")
    pauses = list[float]()
    with acquire(signed, holder(2), pause=pauses.append) as lock:
        assert lock.token == 4
    assert pauses == [61.0, 0.3]


def test_no_command_keeps_its_records_unsigned() -> None:
    """Whoever makes a store signs what is in it, or asks for nothing but the time."""
    stores = {"SwiftStore", "FolderStore"}
    unsigned = [
        f"{file.relative_to(CHECKOUT)}: {ast.unparse(call)}"
        for file in sorted((CHECKOUT / "operate").rglob("*.py"))
        if any(store in (source := file.read_text()) for store in stores)
        for outer in ast.walk(ast.parse(source))
        for call in ast.iter_child_nodes(outer)
        if isinstance(call, ast.Call)
        and ast.unparse(call.func) in stores
        and not (isinstance(outer, ast.Call) and ast.unparse(outer.func) == "SignedStore")
        and not (isinstance(outer, ast.Attribute) and outer.attr == "now")
    ]
    assert unsigned == []
