"""The commands of `operate` in documents, and whether the command line takes them."""

import re
import shlex
from collections.abc import Iterator
from functools import cache

import typer
from typer.core import TyperCommand, TyperGroup

from operate.cli.command_line import app

_OPERATE = re.compile(r"(?:bin/)?operate(?: +(?P<words>.*))?")
_FENCE = re.compile(r"```(\w*)\n(.*?)```", re.DOTALL)
_SAMPLES = {"COLOUR": "red", "NUMBER": "1", "PORT": "8080", "FILE": "/dev/null", "KEY=VALUE": "memory=640"}
"""What takes the place of a placeholder that only some values fit."""
_ENDS = ("|", ">", "<", "&&", ";")


def documented_commands(text: str) -> Iterator[str]:
    """Yield the words after `operate` of each command in a document.

    A command is a line of a block, an example, or a whole piece of inline code, which may be on two lines.
    """
    joined = re.sub(r"\\\n\s*", " ", text)
    blocks = "\n".join(body for _, body in _FENCE.findall(joined))
    prose = _FENCE.sub("", joined)
    lines = [*blocks.splitlines(), *(line for line in prose.splitlines() if line.startswith("    "))]
    lines += [line.partition(":")[2] for line in prose.splitlines() if line.startswith("Example")]
    for piece in [*lines, *re.findall(r"`([^`]+)`", prose)]:
        if match := _OPERATE.fullmatch(" ".join(piece.split())):
            yield (match["words"] or "").partition(" # ")[0].strip()


def mistake_in(words: str) -> str:
    """Return what the command line of `operate` refuses in a command, or "".

    A command without arguments is a mention: it must exist.
    """
    parts: list[str] = []
    for word in shlex.split(words):
        if word in _ENDS:
            break
        parts.append(_SAMPLES.get(word, word))
    group, name = _group(), "operate"
    while parts and not parts[0].startswith("-"):
        word = parts.pop(0)
        if word == "WHAT":
            return ""
        command = group.commands.get(word)
        if command is None:
            return f"{name} has no command {word}"
        name = f"{name} {word}"
        if isinstance(command, TyperCommand):
            return _refusal(command, name, parts) if parts else ""
        assert isinstance(command, TyperGroup)
        group = command
    # The group's own options install completions into the shell's files: they are looked up and never parsed.
    defined_options = {option for parameter in group.get_params(_context(group)) for option in parameter.opts}
    return "" if set(parts) <= defined_options else f"{name} has no option {' '.join(parts)}"


@cache
def _group() -> TyperGroup:
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    return group


def _context(command: TyperGroup) -> typer.Context:
    return typer.Context(command)


def _refusal(command: TyperCommand, name: str, words: list[str]) -> str:
    """Return what a command says of its arguments; it is not run."""
    try:
        command.make_context(name, words)
    except typer.Exit:
        return ""
    except Exception as error:  # Typer exports no base of its errors, which are those of its own click.
        return f"{name}: {error}"
    return ""
