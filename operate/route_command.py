"""The command `route`: which front door the global IP leads to."""

import json
import sys
from typing import Annotated

import typer
from rich.console import Console

from operate.swap_commands import AsJson, ConfigFile, Environment, Teller, told


def route(
    environment: Environment,
    to: Annotated[
        str, typer.Option(help="Server that it is to lead to; without it, tell where it leads.")
    ] = "",
    anyway: Annotated[bool, typer.Option(help="Even if that server's front door is not well.")] = False,
    fresh: Annotated[
        bool, typer.Option(help="Ask Pulumi where the doors are, instead of what it told the last time.")
    ] = False,
    as_json: AsJson = False,
    config_file: ConfigFile = None,
) -> None:
    """Lead the global IP to another front door, within seconds and without Pulumi; or tell where it leads."""
    from operate.route import environment as opening  # SSH takes half a second to load
    from operate.route.route import route as lead
    from operate.route.route import where

    with told(), opening.open_route(environment, config_file, kept=not fresh) as opened:
        done = (
            lead(
                opened.facts,
                to,
                opened.doors,
                opened.address,
                Teller(Console(file=sys.stderr)),
                anyway=anyway,
            )
            if to
            else where(opened.facts, opened.address)
        )
    said = f"{done.address} leads to {done.after}"
    sys.stdout.write((json.dumps(done.as_json()) if as_json else said) + "\n")


def add_route(app: typer.Typer) -> None:
    """Put it on the command line."""
    app.command()(route)
