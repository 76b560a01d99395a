"""How `--help` shows examples, and lists commands."""

import inspect
import re
from collections.abc import Mapping, Sequence

import typer
from typer._click import Command, Context, HelpFormatter  # Typer exports no base of them
from typer.core import TyperCommand, TyperGroup

_EXAMPLES = re.compile(r"^(?=Examples?: )", re.MULTILINE)
_VERBATIM = "\b\n"
"""What has click leave the lines of a paragraph as they are."""
_OTHER = "Commands"
"""Section of commands that name none."""


def _write_help_text(command: Command, formatter: HelpFormatter) -> None:
    """Write a command's text with each example on a line of its own, so that it can be copied."""
    formatter.write_paragraph()
    with formatter.indentation():
        formatter.write_text(_EXAMPLES.sub(_VERBATIM, inspect.cleandoc(command.help or "")))


class ExampleCommand(TyperCommand):
    """A command whose examples stay a line each."""

    def format_help_text(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Write the text."""
        _write_help_text(self, formatter)


class ListingGroup(TyperGroup):
    """A group that lists the whole first paragraph of each command; click would cut it at the line's end."""

    def format_help_text(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Write the text."""
        _write_help_text(self, formatter)

    def format_commands(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Write the commands by section, each section where its first command stands."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for name in self.list_commands(ctx):
            command = self.get_command(ctx, name)
            paragraph = (command.help or "").partition("\n\n")[0] if command else ""
            section = getattr(command, "rich_help_panel", None)
            rows = sections.setdefault(section if isinstance(section, str) else _OTHER, [])
            rows.append((name, " ".join(paragraph.split())))
        # One width for all sections.
        width = max((len(name) for rows in sections.values() for name, _ in rows), default=0)
        for section, rows in sections.items():
            with formatter.section(section):
                formatter.write_dl([(name.ljust(width), text) for name, text in rows])


def arrange_help(app: typer.Typer, sections: Mapping[str, Sequence[str]]) -> None:
    """Have every command show its examples by line, and list the commands by section.

    Args:
        app: App whose commands have all been added.
        sections: Names of commands, by heading.
    """
    section_of = {name: section for section, names in sections.items() for name in names}
    groups = [group.typer_instance for group in app.registered_groups]
    for commands in (app, *filter(None, groups)):
        for info in commands.registered_commands:
            info.cls = ExampleCommand
    for command in app.registered_commands:
        name = command.name or (command.callback.__name__ if command.callback else "")
        command.rich_help_panel = section_of.get(name, _OTHER)
    for group in app.registered_groups:
        group.rich_help_panel = section_of.get(group.name or "", _OTHER)
