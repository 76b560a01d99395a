"""Every step of every runbook that names a command is done by a test, as its text says."""

import ast
from pathlib import Path

import pytest

from tests.support.runbook import FOLDER, command, steps

TESTS = Path(__file__).resolve().parents[1]
RUNBOOKS = sorted(file.stem for file in FOLDER.glob("*.md"))


def covered() -> set[tuple[str, str]]:
    """Steps that a test follows, or is marked to do."""
    followed_steps: set[tuple[str, str]] = set()
    for file in (TESTS / "e2e").glob("test_*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if not isinstance(node, ast.Call):
                continue
            function = node.func
            is_method = isinstance(function, ast.Attribute)
            name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
            texts = [word.value for word in node.args if isinstance(word, ast.Constant)]
            is_followed = name in ("follow", "runbook") if is_method else name == "command"
            if is_followed and texts and texts[0] in RUNBOOKS:
                several = texts[1:] if name == "runbook" else texts[1:2]
                # A swap's operator follows a command, whose name is a runbook's too.
                followed_steps |= {
                    (str(texts[0]), str(step)) for step in several if not str(step).startswith("-")
                }
    return followed_steps


@pytest.mark.parametrize("runbook", RUNBOOKS)
def test_each_step_with_a_command_is_done_by_a_test(runbook: str) -> None:
    with_commands = {(runbook, step.name) for step in steps(runbook).values() if step.commands}
    assert with_commands - covered() == set()
    assert {name for name, _ in covered()} >= {runbook}


def test_what_a_test_follows_is_in_a_runbook() -> None:
    existing_steps = {(runbook, step) for runbook in RUNBOOKS for step in steps(runbook)}
    assert covered() - existing_steps == set()


def test_placeholders_are_filled_in() -> None:
    assert command("lost-server", "1", ENV="prod") == "python -m operate recover prod"
    with pytest.raises(KeyError, match="ENV"):
        command("lost-server", "1")
