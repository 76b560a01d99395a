"""`python -m operate`: the operator's commands."""

import sys
from typing import Annotated

import typer

from operate.cli.commands.adopt import add_adopt
from operate.cli.commands.dashboard import add_dashboard
from operate.cli.commands.doctor import add_doctor
from operate.cli.commands.images import add_images
from operate.cli.commands.init import add_init
from operate.cli.commands.login import add_login
from operate.cli.commands.migrate import add_migrate
from operate.cli.commands.move import add_move
from operate.cli.commands.observe import add_observe
from operate.cli.commands.open import add_open
from operate.cli.commands.recover import add_recover
from operate.cli.commands.rotate import add_rotate
from operate.cli.commands.route import add_route
from operate.cli.commands.ssh import add_ssh
from operate.cli.commands.status import add_status
from operate.cli.commands.swap import add_swaps
from operate.cli.help_page import ListingGroup, arrange_help

# Rich would take as long to load as all the rest, for each command that is refused and each help.
app = typer.Typer(
    cls=ListingGroup, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None
)


def _show_version(is_requested: bool) -> None:
    if is_requested:
        from operate.cli.version import describe_version

        sys.stdout.write(f"{describe_version()}\n")
        raise typer.Exit


@app.callback()
def operate(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            help="Print the commit, for a report, and end.",
            callback=_show_version,
            is_eager=True,
        ),
    ] = False,
) -> None:
    """Day two of a registry: what is done to it while it serves.

    Example: operate status prod
    """


SECTIONS = {
    "See what there is": ("status", "history", "images", "dashboard", "open", "observe"),
    "Change what serves": ("swap", "rollback", "retire", "move", "route", "migrate", "rotate"),
    "When something is wrong": ("doctor", "recover", "adopt", "ssh"),
    "Set up": ("init", "login", "logout"),
}
"""Commands as `operate --help` lists them."""

add_status(app)
add_images(app)
add_dashboard(app)
add_open(app)
add_observe(app)
add_swaps(app)
add_move(app)
add_route(app)
add_rotate(app)
add_migrate(app)
add_doctor(app)
add_recover(app)
add_adopt(app)
add_ssh(app)
add_init(app)
add_login(app)
arrange_help(app, SECTIONS)
