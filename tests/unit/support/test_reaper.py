"""What a reaper finds by its files and by its mark."""

from pathlib import Path

import pytest

from harness.process_mark import MARK, mark
from tests.support.reaper import cloud_folders


def test_clouds_are_found_by_their_files(tmp_path: Path) -> None:
    for name in ("a/cloud/.softlayer-cloud", "b/c/machines.json", "b/d/swift/dal05/x", "e/f/other"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).touch()
    (tmp_path / "a/cloud/disks/swift").mkdir(parents=True)
    assert {str(path.relative_to(tmp_path)) for path in cloud_folders(tmp_path)} == {"a/cloud", "b/c", "b/d"}


def test_a_bench_marks_nothing_since_nothing_is_reaped(monkeypatch: pytest.MonkeyPatch) -> None:
    assert mark().keys() == {MARK}
    monkeypatch.delenv(MARK)
    assert mark() == {}
