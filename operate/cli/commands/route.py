"""The command `route`: which front door the global IP leads to."""

import json
import sys
from typing import Annotated

import typer

from messages.progress import report
from operate.cli.errors import report_errors
from operate.cli.parameters import AsJson, ConfigFile, Environment, complete_server, require_option


def route(
    environment: Environment,
    to: Annotated[
        str,
        typer.Option(
            help="Server to route to; without it, show the present route.", autocompletion=complete_server
        ),
    ] = "",
    force: Annotated[bool, typer.Option(help="Route there even if that front door is unhealthy.")] = False,
    fresh: Annotated[
        bool,
        typer.Option(help="Ask Pulumi for the front doors, instead of the cache."),
    ] = False,
    as_json: AsJson = False,
    config_file: ConfigFile = None,
) -> None:
    """Route the global IP to another front door, within seconds and without Pulumi; or show its route.

    Example: operate route prod --to b
    """
    require_option("--to", "names the server to route to", {"--force": force}, is_given=bool(to))
    from operate.route import environment as opening  # SSH takes half a second to load
    from operate.route.route import read_route
    from operate.route.route import route as route_to

    with report_errors(), opening.open_route(environment, config_file, use_cache=not fresh) as opened:
        routed = (
            route_to(
                opened.facts,
                to,
                opened.doors,
                opened.address,
                report,
                force=force,
            )
            if to
            else read_route(opened.facts, opened.address)
        )
    line = f"{routed.address} leads to {routed.after}"
    sys.stdout.write((json.dumps(routed.as_json()) if as_json else line) + "\n")


def add_route(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(route)
