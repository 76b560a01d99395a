"""The command dashboard."""

import sys
from typing import Annotated

import typer
from rich.console import Console

from operate.cli.swap_commands import ConfigFile, Environment, ProgressLog, report_errors


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

        serve_dashboard(environment, port, ProgressLog(Console(file=sys.stderr)), config_file)


def add_dashboard(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(dashboard)
