"""The cache of images: whole files or none."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dev.images.cache import made_once


def test_of_many_callers_one_makes_the_file(tmp_path: Path) -> None:
    calls: list[int] = []
    started = threading.Barrier(4)

    def make(_: Path, target: Path) -> None:
        calls.append(1)
        target.write_text("whole")

    def call(_: int) -> str:
        started.wait()
        return made_once(tmp_path / "image.tar", make).read_text()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(call, range(4))) == ["whole"] * 4
    assert calls == [1]


def test_an_interruption_leaves_nothing_and_the_next_run_makes_it(tmp_path: Path) -> None:
    def interrupted(_: Path, target: Path) -> None:
        target.write_text("half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        made_once(tmp_path / "image.tar", interrupted)
    assert [path.name for path in tmp_path.iterdir()] == [".image.tar.lock"]
    assert made_once(tmp_path / "image.tar", lambda _, target: _write(target)).read_text() == "whole"


def test_what_a_killed_run_left_is_cleared_away(tmp_path: Path) -> None:
    remains = tmp_path / ".image.tar.work-dead"
    remains.mkdir()
    (remains / "image.tar").write_text("half")
    made_once(tmp_path / "image.tar", lambda _, target: _write(target))
    assert not remains.exists()


def _write(target: Path) -> None:
    target.write_text("whole")
