"""Images made from this machine's own apt sources."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from dev.images.bootstrap import Recipe, bootstrap
from dev.images.error import ImageError
from dev.images.machine import RECIPE
from dev.local.environment import CHECKOUT

_WORDS = [sys.executable, "-m", "dev.images", "registry-base"]


def _environment(cache: Path) -> dict[str, str]:
    return os.environ | {"REGISTRY_CACHE": str(cache)}


def _make(cache: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        _WORDS, cwd=CHECKOUT, env=_environment(cache), capture_output=True, text=True, check=True, timeout=300
    )


def test_the_registrys_base_is_the_same_wherever_it_is_made(tmp_path: Path) -> None:
    first, second = (Path(_make(tmp_path / name).stdout.strip()) for name in ("one", "two"))
    assert first.name == second.name
    assert first.read_bytes() == second.read_bytes()
    assert first.stat().st_size < 40_000_000


def test_a_made_image_is_not_made_again(tmp_path: Path) -> None:
    image_file = _make(tmp_path)
    assert "image registry-base from Debian" in image_file.stderr
    again = _make(tmp_path)
    assert (again.stdout, again.stderr) == (image_file.stdout, "")


def test_an_interrupted_making_leaves_nothing_and_the_next_goes_through(tmp_path: Path) -> None:
    with subprocess.Popen(
        _WORDS,
        cwd=CHECKOUT,
        env=_environment(tmp_path),
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as making:
        assert making.stderr is not None
        while not list(tmp_path.glob("images/.*.work-*/mmdebstrap.*/var/lib/dpkg")):
            assert making.poll() is None
            time.sleep(0.05)
        os.killpg(making.pid, signal.SIGINT)
        content = making.stderr.read()
    assert making.returncode == 130, content
    assert "the next run makes it" in content
    remaining = {path.name for path in (tmp_path / "images").iterdir()}
    assert all(name.endswith(".lock") for name in remaining), remaining
    assert Path(_make(tmp_path).stdout.strip()).exists()


def test_a_failure_tells_mmdebstraps_last_lines_and_the_remedy(tmp_path: Path) -> None:
    recipe = Recipe("broken", "bookworm", "extract", ("no-such-package-anywhere",))
    with pytest.raises(
        ImageError, match=r"(?s)image broken: .*check the apt sources.*no-such-package-anywhere"
    ):
        bootstrap(recipe, tmp_path, tmp_path / "broken.tar")


def test_a_changed_recipe_is_another_image() -> None:
    changed = replace(RECIPE, commands=(*RECIPE.commands, "true"))
    assert changed.key() != RECIPE.key()
