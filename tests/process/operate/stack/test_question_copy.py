"""A copy of a stack file may have secrets: a killed command's is deleted by the next one."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from dev.local.environment import CHECKOUT
from operate.stack.facts_cache import state_folder
from operate.stack.question_copy import copied_stack_file

HOLD = (
    "import sys, pathlib; from operate.stack.question_copy import copied_stack_file\n"
    "with copied_stack_file(pathlib.Path(sys.argv[1])) as copy: print(copy, flush=True); sys.stdin.read()"
)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home"))
    file = tmp_path / "Pulumi.prod.yaml"
    file.write_text("config: {}\n")
    return file


def test_the_next_command_deletes_what_a_killed_one_has_left(file: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, file],
        cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as holder:  # fmt: skip
        assert holder.stdout
        left = Path(holder.stdout.readline().strip())
        with copied_stack_file(file) as copy:
            assert (copy.name, copy.read_text()) == (file.name, file.read_text())
            assert left.exists(), "that command is at work"
            assert copy.parent.parent == state_folder()
            assert copy.parent.stat().st_mode & 0o777 == 0o700
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    assert left.exists()
    with copied_stack_file(file):
        assert not left.parent.exists()
    assert list(state_folder().iterdir()) == []


def test_without_a_home_a_copy_is_made_elsewhere(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", os.devnull)
    with copied_stack_file(file) as copy:
        assert copy.exists()
    with copied_stack_file(file.with_name("absent.yaml")) as copy:
        assert not copy.exists()
