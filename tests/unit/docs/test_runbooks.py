"""Every command that a step of a runbook names is run by a test, which takes it from the text."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import pytest

from dev.local.environment import CHECKOUT
from harness.runbook import FOLDER, Step, command, split_command, steps

TESTS = CHECKOUT / "tests"
RUNBOOKS = sorted(file.stem for file in FOLDER.glob("*.md"))


@dataclass(frozen=True)
class Use:
    """What a test does with a step of a runbook.

    Attributes:
        runbook: name of the file.
        step: name of the step.
        positions: of the commands that it runs; empty for a mark.
    """

    runbook: str
    step: str
    positions: frozenset[int] = frozenset()


def uses_in(source: str) -> Iterator[Use]:
    """Yield the steps that a test module follows or is marked with, read from its source."""
    if not any(f'"{name}"' in source for name in RUNBOOKS):
        return
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        function = node.func
        is_method = isinstance(function, ast.Attribute)
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        words = [word.value if isinstance(word, ast.Constant) else None for word in node.args]
        # A swap's operator follows a command, whose name is a runbook's too: its options begin with a dash.
        if len(words) < 2 or words[0] not in RUNBOOKS or str(words[1]).startswith("-"):
            continue
        runbook, step = str(words[0]), str(words[1])
        if is_method and name == "runbook":
            yield from (Use(runbook, str(word)) for word in words[1:])
        elif is_method and name == "follow_all":
            yield Use(runbook, step, frozenset(range(len(steps(runbook)[step].commands))))
        elif is_method and name == "follow":
            keyword = (word.value for word in node.keywords if word.arg == "position")
            yield Use(runbook, step, frozenset({_number(next(keyword, None))}))
        elif not is_method and name == "command":
            yield Use(runbook, step, frozenset({_number(node.args[2] if len(words) > 2 else None)}))


def _number(position: ast.expr | None) -> int:
    return position.value if isinstance(position, ast.Constant) and isinstance(position.value, int) else 0


@cache
def uses() -> list[Use]:
    """Return the steps that the tests of whole stacks follow or are marked with."""
    return [use for file in (TESTS / "e2e").rglob("test_*.py") for use in uses_in(file.read_text())]


@pytest.mark.parametrize("runbook", RUNBOOKS)
def test_each_command_of_a_step_is_taken_from_the_text_by_a_test(runbook: str) -> None:
    named = {
        (runbook, step.name, position)
        for step in steps(runbook).values()
        for position in range(len(step.commands))
    }
    run = {(use.runbook, use.step, position) for use in uses() for position in use.positions}
    assert named - run == set()
    assert runbook in {use.runbook for use in uses()}


def test_what_a_test_follows_is_in_a_runbook() -> None:
    for use in uses():
        assert use.step in steps(use.runbook), use
        assert use.positions <= set(range(len(steps(use.runbook)[use.step].commands))), use


def test_a_mark_is_for_steps_without_a_command() -> None:
    marked = [use for use in uses() if not use.positions]
    assert [use for use in marked if steps(use.runbook)[use.step].commands] == []


def test_a_step_that_is_only_marked_runs_nothing() -> None:
    source = """
@pytest.mark.runbook("lost-helper", "1")
def test(stack):
    stack.act("up")
    stack.follow("lost-server", "3", position=1, COLOUR="red")
    command("lost-server", "1", 0)
    stack.follow("swap", "--to", "2")
"""
    assert set(uses_in(source)) == {
        Use("lost-helper", "1"),
        Use("lost-server", "1", frozenset({0})),
        Use("lost-server", "3", frozenset({1})),
    }


@pytest.mark.parametrize(
    "text",
    [
        "bin/operate status ENV",
        "SL_ACCEPT_HOST_KEYS=ID pulumi up --refresh",
        "ONE=1 TWO= bin/operate adopt ENV",
        "operate rollback ENV --colour COLOUR",
        "operate rotate ssh-key ENV",
        "docker logs NAME",
    ],
)
def test_a_command_is_seen(text: str) -> None:
    assert Step("Section/1", f"1. Do `{text}` now.").commands == [text]
    assert Step("Section/0", f"    {text}").commands == [text]


@pytest.mark.parametrize("text", ["operate adopt", "operate/lock/", "--yes", "servers", "registrySecret"])
def test_what_is_only_mentioned_is_no_command(text: str) -> None:
    assert Step("1", f"1. See `{text}`.").commands == []


def test_the_tenth_step_is_no_block_of_commands() -> None:
    assert Step("10", "10. `pulumi up`.").commands == ["pulumi up"]


def test_a_command_is_split() -> None:
    line = split_command("SL_ACCEPT_HOST_KEYS=3 pulumi up --refresh")
    assert (line.variables, line.program) == ({"SL_ACCEPT_HOST_KEYS": "3"}, "pulumi")
    assert line.words == ("up", "--refresh")
    assert line.unattended == ("--yes", "--skip-preview")
    recover = split_command("bin/operate recover prod --on b")
    assert (recover.program, recover.words) == ("operate", ("recover", "prod", "--on", "b"))


def test_placeholders_are_filled_in() -> None:
    assert command("lost-server", "1", ENV="prod") == "bin/operate recover prod"
    with pytest.raises(KeyError, match="ENV"):
        command("lost-server", "1")
    filled = command("certificate", "4", HOST="registry.example", PORT="5000")
    assert "registry.example:5000 " in filled
