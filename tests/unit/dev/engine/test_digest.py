from dataclasses import replace
from pathlib import Path

import pytest

from dev.engine import digest
from dev.engine.part import COMMAND, PARTS

GO = "1.26.6"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / COMMAND.folder
    (folder / "inner").mkdir(parents=True)
    (folder / "main.go").write_text("package main\n")
    (folder / "inner" / "x.go").write_text("package inner\n")
    return tmp_path


def test_the_same_inputs_give_the_same_key(source: Path) -> None:
    assert digest.of_part(COMMAND, source, GO) == digest.of_part(COMMAND, source, GO)
    assert len(digest.of_part(COMMAND, source, GO)) == 16


def test_every_input_counts(source: Path) -> None:
    keys = {digest.of_part(COMMAND, source, GO)}
    keys.add(digest.of_part(COMMAND, source, "1.26.7"))
    keys.add(digest.of_part(replace(COMMAND, tags=("other",)), source, GO))
    (source / COMMAND.folder / "inner" / "x.go").write_text("package other\n")
    keys.add(digest.of_part(COMMAND, source, GO))
    (source / COMMAND.folder / "inner" / "x.go").rename(source / COMMAND.folder / "inner" / "y.go")
    keys.add(digest.of_part(COMMAND, source, GO))
    (source / COMMAND.folder / "go.sum").write_text("")
    keys.add(digest.of_part(COMMAND, source, GO))
    assert len(keys) == 6


def test_a_name_and_contents_that_read_alike_are_distinguished(source: Path) -> None:
    folder = source / COMMAND.folder
    (folder / "a").write_text("bc")
    first = digest.of_part(COMMAND, source, GO)
    (folder / "a").unlink()
    (folder / "ab").write_text("c")
    assert digest.of_part(COMMAND, source, GO) != first


def test_another_part_does_not_count(source: Path) -> None:
    before = digest.of_part(COMMAND, source, GO)
    (source / "docker").mkdir()
    (source / "docker" / "main.go").write_text("package main\n")
    assert digest.of_part(COMMAND, source, GO) == before


def test_the_whole_depends_on_every_part_and_their_order() -> None:
    assert digest.of_all(["a", "b"]) != digest.of_all(["b", "a"]) != digest.of_all(["ab"])


def test_parts_have_folders_and_files_of_their_own() -> None:
    names = [name for part in PARTS for name in part.files]
    assert len(set(names)) == len(names) == 7
    assert len({(part.folder, part.package) for part in PARTS}) == len(PARTS)
