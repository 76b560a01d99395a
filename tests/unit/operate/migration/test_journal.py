"""What a migration remembers, whatever a kill has left of it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operate.error import OperateError
from operate.migration.journal import MigrationJournal, remembered
from operate.migration.target.conversion import Blob, LayerFacts

FACTS = LayerFacts(Blob("sha256:1", 7), "sha256:2", "tar")


def test_what_is_noted_is_remembered(tmp_path: Path) -> None:
    file = tmp_path / "folder" / "journal"
    with MigrationJournal(file) as journal:
        journal.layer("a", "etag", FACTS)
        journal.committing("sha256:1", "app", "https://registry/upload")
        journal.committing("sha256:1", "web", "")
        journal.writing("app:v1", "sha256:3")
    with MigrationJournal(file) as journal:
        assert journal.memory.layers == {("a", "etag"): FACTS}
        assert journal.memory.homes == {"sha256:1": {"app": "https://registry/upload", "web": ""}}
        assert journal.memory.written_manifests == {"app:v1": {"sha256:3"}}
    assert file.parent.stat().st_mode & 0o77 == 0


@given(length=st.integers(0, 400))
def test_a_line_cut_short_by_a_kill_costs_that_line_only(
    tmp_path_factory: pytest.TempPathFactory, length: int
) -> None:
    file = tmp_path_factory.mktemp("journal") / "journal"
    with MigrationJournal(file) as journal:
        for number in range(4):
            journal.writing(f"app:{number}", "sha256:3")
    whole = file.read_bytes()
    file.write_bytes(whole[:length])
    with MigrationJournal(file) as journal:
        line_count = len(whole[:length].splitlines())
        assert line_count - 1 <= len(journal.memory.written_manifests) <= line_count
        journal.writing("app:later", "sha256:4")
    with MigrationJournal(file) as journal:
        assert journal.memory.written_manifests["app:later"] == {"sha256:4"}


@given(st.lists(st.binary(max_size=30)))
def test_any_lines_are_read(lines: list[bytes]) -> None:
    assert remembered(lines).layers == {}


def test_two_at_once_are_refused(tmp_path: Path) -> None:
    with MigrationJournal(tmp_path / "journal"), pytest.raises(OperateError, match="another migration"):
        MigrationJournal(tmp_path / "journal")


def test_a_folder_that_cannot_be_created_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OperateError, match="choose another folder with --state"):
        MigrationJournal(tmp_path / "file" / "journal")
