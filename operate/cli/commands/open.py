"""The command open."""

import sys

import typer

from messages.progress import report
from operate.cli.errors import report_errors
from operate.cli.parameters import DASHBOARD_PORT, ConfigFile, Environment, OpenPort


def open_dashboard(
    environment: Environment,
    port: OpenPort = None,
    config_file: ConfigFile = None,
) -> None:
    """Open the dashboard in a browser, and print its address; starts it unless it runs already.

    Without a graphical browser the command only prints the address. From another machine, reach it by
    `ssh -L 8790:127.0.0.1:8790 HOST`, with the port that is printed.

    Example: operate open prod
    """
    from operate.dashboard.browser import show_page
    from operate.dashboard.served import find_served, find_served_or_free

    def show(url: str) -> None:
        sys.stdout.write(f"{url}\n")
        sys.stdout.flush()
        show_page(url)

    with report_errors():
        if port is None:
            url, port = find_served_or_free(environment, DASHBOARD_PORT)
        else:
            url = find_served(environment, port)
        if url:
            show(url)
            return
        from operate.dashboard.environment import serve_dashboard  # SSH and Swift take half a second to load

        serve_dashboard(environment, port, report, config_file, show)


def add_open(app: typer.Typer) -> None:
    """Add the command."""
    app.command("open")(open_dashboard)
