"""The command `recover`: brings a stack back whose servers are gone."""

import json
import sys
from typing import Annotated

import typer
from rich.console import Console

from operate.swap_commands import AsJson, ConfigFile, Environment, Teller, told


def recover(
    environment: Environment,
    server: Annotated[
        list[str] | None, typer.Option(help="Server to ask the account for; may be repeated. All by default.")
    ] = None,
    as_json: AsJson = False,
    config_file: ConfigFile = None,
) -> None:
    """Bring the registry back after a server was lost: order it again, set it up, verify.

    Example: python -m operate recover prod --server a
    """
    from operate.recover.environment import open_recovery  # Pulumi and Swift take a second to load
    from operate.recover.recovery import full_names
    from operate.recover.recovery import recover as run_recovery

    log = Teller(Console(file=sys.stderr))
    with told(), open_recovery(environment, log, config_file) as stack:
        names = full_names(server or (), stack.server_names())
        recovery = run_recovery(stack, names, log)
    lost = ", ".join(recovery.missing) or "nothing"
    summary = f"recovered; lost was: {lost}. {recovery.changes}"
    sys.stdout.write((json.dumps(recovery.as_json()) if as_json else summary) + "\n")


def add_recover(app: typer.Typer) -> None:
    """Put it on the command line."""
    app.command()(recover)
