"""A Python command of this project gets its request, and its answer or its reason comes back."""

import os
import time
from pathlib import Path

import pytest

from operate.stack.config.stack_file import PROGRAM
from operate.stack.python_command import CommandError, CommandTimeoutError, PythonCommand, run_command

ECHO = (
    "import json, os, sys;"
    " print(json.dumps({**json.load(sys.stdin), 'cwd': os.getcwd(), 'b': os.environ['B']}))"
)


def test_an_answer_to_a_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("B", "ours")
    expected = {"a": 1, "cwd": str(PROGRAM)}
    assert run_command(("-c", ECHO), {"a": 1}, 30) == {**expected, "b": "ours"}
    variables = {**os.environ, "B": "given"}
    assert run_command(("-c", ECHO), {"a": 1}, 30, variables) == {**expected, "b": "given"}


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import sys; sys.exit('warning: old\\nserver a: is locked\\n')", "server a: is locked"),
        ("exit(1)", "`python -c exit(1)` failed and gave no reason"),
    ],
    ids=["last line", "silent"],
)
def test_the_reason_of_a_failure(code: str, reason: str) -> None:
    with pytest.raises(CommandError) as failure:
        run_command(("-c", code), {"a": 1}, 30)
    assert str(failure.value) == reason


def test_a_command_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    mark = tmp_path / "ended"
    code = f"import time; time.sleep(1.5); open({str(mark)!r}, 'w')"
    with pytest.raises(CommandTimeoutError, match="no answer within 0 s"):
        run_command(("-c", code), {}, 0.2)
    time.sleep(1.5)
    assert not mark.exists()


def test_a_command_that_is_not_needed_is_ended_unasked(tmp_path: Path) -> None:
    mark = tmp_path / "asked"
    command = PythonCommand(("-c", f"import sys; sys.stdin.read(); open({str(mark)!r}, 'w')"))
    command.close()
    command.close()
    assert not mark.exists()
