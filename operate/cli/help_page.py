"""How `--help` lists commands."""

from typer._click import Context, HelpFormatter  # Typer exports no base of them
from typer.core import TyperGroup


class ListingGroup(TyperGroup):
    """A group that lists the whole first paragraph of each command; click would cut it at the line's end."""

    def format_commands(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Write the commands."""
        rows = []
        for name in self.list_commands(ctx):
            command = self.get_command(ctx, name)
            paragraph = (command.help or "").partition("\n\n")[0] if command else ""
            rows.append((name, " ".join(paragraph.split())))
        with formatter.section("Commands"):
            formatter.write_dl(rows)
