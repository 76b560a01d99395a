"""docs/reference/commands.md is made from the commands, each of which has an example."""

from collections.abc import Iterator

import typer
from typer.core import TyperOption

from operate.cli.__main__ import DOCUMENT, commands_page
from operate.cli.command_line import app


def helps(command: object, name: str = "operate") -> Iterator[tuple[str, str]]:
    """Return names and helps of a command and of those below it."""
    yield name, str(getattr(command, "help", ""))
    for word, child in getattr(command, "commands", {}).items():
        yield from helps(child, f"{name} {word}")


def commands_of(command: object, name: str = "operate") -> Iterator[tuple[str, object]]:
    """Return a command and those below it, by name."""
    yield name, command
    for word, child in getattr(command, "commands", {}).items():
        yield from commands_of(child, f"{name} {word}")


HELPS = dict(helps(typer.main.get_command(app)))


def test_the_page_has_the_commands_as_they_are() -> None:
    page = commands_page()
    assert DOCUMENT.read_text() == page, "run python -m operate.cli"
    assert len(HELPS) > 20
    assert [name for name in HELPS if name != "operate" and f"## `{name}`" not in page] == []


def test_the_help_of_an_overlap_names_its_condition() -> None:
    """Where clients are awaited, --overlap is refused without --retire."""
    overlaps = {
        name: parameter.help
        for name, command in dict(commands_of(typer.main.get_command(app))).items()
        for parameter in getattr(command, "params", ())
        if parameter.name == "overlap" and isinstance(parameter, TyperOption)
    }
    assert len(overlaps) == 4
    assert [name for name, text in overlaps.items() if "--retire" in str(text)] == ["operate rotate root"]


def test_every_help_has_an_example_of_its_command() -> None:
    assert [name for name, text in HELPS.items() if f"{name} " not in text.partition("Example")[2]] == []
