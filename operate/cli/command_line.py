"""`python -m operate`: the operator's commands."""

import typer

from operate.cli.adopt_command import add_adopt
from operate.cli.dashboard_command import add_dashboard
from operate.cli.doctor_command import add_doctor
from operate.cli.help_page import ListingGroup
from operate.cli.images_command import add_images
from operate.cli.init_command import add_init
from operate.cli.login_command import add_login
from operate.cli.migrate_command import add_migrate
from operate.cli.move_command import add_move
from operate.cli.observe_command import add_observe
from operate.cli.open_command import add_open
from operate.cli.recover_command import add_recover
from operate.cli.rotate_command import add_rotate
from operate.cli.route_command import add_route
from operate.cli.ssh_command import add_ssh
from operate.cli.status_commands import add_status
from operate.cli.swap_commands import add_swaps

# Rich would take as long to load as all the rest, for each command that is refused and each help.
app = typer.Typer(
    cls=ListingGroup, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None
)


@app.callback()
def operate() -> None:
    """Day two of a registry: what is done to it while it serves.

    Example: operate status prod
    """


add_swaps(app)
add_status(app)
add_ssh(app)
add_route(app)
add_recover(app)
add_move(app)
add_rotate(app)
add_adopt(app)
add_login(app)
add_migrate(app)
add_images(app)
add_dashboard(app)
add_open(app)
add_observe(app)
add_doctor(app)
add_init(app)
