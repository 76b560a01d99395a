"""`--help`: an example is a line that can be copied, and the commands stand in sections."""

from collections.abc import Iterator

import pytest
import typer
from typer.testing import CliRunner

from operate.cli.command_line import SECTIONS, app


def names(command: object, name: str = "") -> Iterator[str]:
    yield name.strip()
    for word, child in getattr(command, "commands", {}).items():
        yield from names(child, f"{name} {word}")


ALL = sorted(filter(None, names(typer.main.get_command(app))))


def help_of(name: str) -> list[str]:
    return CliRunner().invoke(app, [*name.split(), "--help"], env={"COLUMNS": "80"}).stdout.splitlines()


@pytest.mark.parametrize("name", ALL)
def test_every_example_is_a_line_of_its_own(name: str) -> None:
    """The three examples of `recover` ran together in one wrapped paragraph."""
    lines = [line.strip() for line in help_of(name)]
    commands = [line for line in lines if f"operate {name} " in line and not line.startswith("Usage")]
    assert commands
    assert not [line for line in commands if line.count("operate ") > 1 and "&&" not in line]


def test_recover_has_three_examples() -> None:
    text = "\n".join(help_of("recover"))
    for example in ("--server a", "--accept-host-key a", "--on b"):
        assert f"operate recover prod {example}\n" in text


def test_every_command_stands_in_one_section() -> None:
    """Twenty commands stood in one list."""
    listed = [name for section in SECTIONS.values() for name in section]
    assert sorted(listed) == [name for name in ALL if " " not in name]
    lines = help_of("")
    heads = [line.removesuffix(":") for line in lines if line.endswith(":") and not line.startswith(" ")]
    assert heads[-len(SECTIONS) :] == list(SECTIONS)
    order = [line.split()[0] for line in lines if line[:2] == "  " != line[1:3] and line.split()[0] in listed]
    assert order == listed
