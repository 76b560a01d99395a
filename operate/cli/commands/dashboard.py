"""The command dashboard."""

import typer

from messages.progress import report
from operate.cli.errors import report_errors
from operate.cli.parameters import DASHBOARD_PORT, ConfigFile, DashboardPort, Environment


def dashboard(
    environment: Environment,
    port: DashboardPort = DASHBOARD_PORT,
    config_file: ConfigFile = None,
) -> None:
    """Serve the dashboard on 127.0.0.1: the state of the stack, kept up to date, and its images.

    Example: operate dashboard prod --port 0
    """
    with report_errors():
        from operate.dashboard.environment import serve_dashboard  # SSH and Swift take half a second to load

        serve_dashboard(environment, port, report, config_file, report)


def add_dashboard(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(dashboard)
