"""The commands of `operate` in messages of the code, and whether those that act on a stack name it."""

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperGroup

from operate.cli.command_line import app

_COMMAND = re.compile(r"(?:`|\bbin/|`bin/)operate (?P<words>(?:(?!bin/operate)[^`])*)")
MENTION = re.compile(r"(?:`|\bbin/)operate")
_PLACEHOLDER = "{}"
"""What stands for a value that a message is given."""
_STACK = re.compile(r"(\{\}|ENV)(?!\w)")
_SHELL_COMMENT = re.compile(r"^\s*#.*$", re.MULTILINE)


def messages(source: str, mention: re.Pattern[str] = MENTION) -> Iterator[str]:
    """Yield the texts of a Python file that mentions a command, without docstrings and help of options.

    Args:
        source: of the file.
        mention: what a file must have to be read.
    """
    if not mention.search(source):
        return
    yield from _texts(source)


@cache
def _texts(source: str) -> tuple[str, ...]:
    """Return the texts of a Python file, without docstrings and help of options."""
    return tuple(_parse_texts(source))


def _parse_texts(source: str) -> Iterator[str]:
    tree = ast.parse(source)
    explanations = {
        id(part) for node in ast.walk(tree) for root in _explanations(node) for part in ast.walk(root)
    }
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if id(node) in explanations or id(node) in parts:
            continue
        if isinstance(node, ast.JoinedStr):
            yield "".join(
                str(part.value) if isinstance(part, ast.Constant) else _PLACEHOLDER for part in node.values
            )
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def commands_without_stack(text: str) -> list[str]:
    """Return the commands of a message that act on a stack and name none.

    Args:
        text: of the message; a value that it is given is `{}`.
    """
    return [match["words"] for match in _COMMAND.finditer(text) if not _names_stack(match["words"].split())]


def shell_messages(script: Path) -> str:
    """Return a script without its comments; a variable is `{}`."""
    text = _SHELL_COMMENT.sub("", script.read_text()).replace("\\`", "`")
    return re.sub(r"\$\{?\w+\}?", _PLACEHOLDER, text)


def _explanations(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        yield node
    if isinstance(node, ast.keyword) and node.arg == "help":
        yield node.value


@cache
def _commands() -> Mapping[str, Any]:
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    return group.commands


def _names_stack(words: list[str]) -> bool:
    """Whether the stack stands behind the command.

    A command that is itself a value is checked where it is made; an option of `operate` needs no stack.
    """
    command = _commands().get(words[0]) if words else None
    if command is None:
        return True
    words = words[1:]
    if isinstance(command, TyperGroup):
        # The kind of a secret may be a value.
        command = command.commands.get(words[0], next(iter(command.commands.values()))) if words else None
        words = words[1:]
    if command is None:
        return False
    takes_stack = any(parameter.name == "environment" for parameter in command.params)
    return not takes_stack or (bool(words) and _STACK.match(words[0]) is not None)
