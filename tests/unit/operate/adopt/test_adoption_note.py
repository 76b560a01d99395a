"""What an adoption notes before it begins: that it is unfinished, and the facts that the lost state had."""

from pathlib import Path

import pytest

from operate.adopt.adoption_note import AdoptionNote
from operate.stack.facts_cache import FactsCache
from operate.stack.facts_output import parse_facts
from tests.unit.operate.stack.operate_output import OUTPUT

LOST = {**OUTPUT, "recordKey": "0" * 64}


@pytest.fixture
def cache(tmp_path: Path) -> FactsCache:
    key = tmp_path / "key"
    key.write_text("a private key")
    return FactsCache(tmp_path / "kept", "prod", lambda: key)


@pytest.fixture
def note(tmp_path: Path, cache: FactsCache) -> AdoptionNote:
    return AdoptionNote(cache, FactsCache(tmp_path / "adoptions", "prod", lambda: tmp_path / "key"))


def test_the_lost_key_is_remembered_until_the_end(note: AdoptionNote, cache: FactsCache) -> None:
    """A command that reads the new outputs in between remembers the new key in its place."""
    cache.write(LOST)
    assert note.facts() == parse_facts("prod", LOST)
    note.begin()
    cache.write(OUTPUT)
    assert note.is_present
    note.begin()
    assert note.facts() == parse_facts("prod", LOST)
    note.end()
    assert not note.is_present
    assert note.facts() == parse_facts("prod", OUTPUT)
    note.end()


def test_a_machine_that_remembers_nothing_notes_the_beginning(note: AdoptionNote, cache: FactsCache) -> None:
    assert (note.is_present, note.facts()) == (False, None)
    note.begin()
    assert (note.is_present, note.facts()) == (True, None)
    cache.write(OUTPUT)
    assert note.facts() is None


def test_another_loss_forgets_the_note_of_an_earlier_one(note: AdoptionNote, cache: FactsCache) -> None:
    cache.write(LOST)
    note.begin()
    cache.write(OUTPUT)
    note.begin(is_new=True)
    assert note.facts() == parse_facts("prod", OUTPUT)
