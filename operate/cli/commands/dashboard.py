"""The command dashboard."""

from typing import Annotated

import typer

from messages.progress import report
from operate.cli.errors import report_errors
from operate.cli.parameters import ConfigFile, Environment


def dashboard(
    environment: Environment,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="TCP port on 127.0.0.1; 0 is a free one.")
    ] = 8790,
    config_file: ConfigFile = None,
) -> None:
    """Serve pages on the loopback that show the stack, live, and its images.

    Example: operate dashboard prod --port 0
    """
    with report_errors():
        from operate.dashboard.environment import serve_dashboard  # SSH and Swift take half a second to load

        serve_dashboard(environment, port, report, config_file, report)


def add_dashboard(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(dashboard)
