"""The commands `rotate`: a key of a stack is replaced by another one."""

import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from operate.operator_key import VARIABLE
from operate.swap_commands import AsJson, ConfigFile, Environment, Teller, told

rotate = typer.Typer(no_args_is_help=True, help="Replace a key of a stack by another one.")


@rotate.command("ssh-key")
def rotate_key(
    environment: Environment,
    new: Annotated[
        str,
        typer.Option(
            help="Private key that follows, its .pub beside it: ~/... or relative to the program's folder."
        ),
    ],
    as_json: AsJson = False,
    config_file: ConfigFile = None,
) -> None:
    """Let another SSH key open the servers: both at first, then the new one alone; resumable.

    Example: python -m operate rotate ssh-key prod --new ~/.ssh/softlayer-registry-2027
    """
    from operate.recover.environment import open_recovery  # Pulumi and Swift take a second to load
    from operate.rotate.ssh_key import rotate_ssh_key

    log = Teller(Console(file=sys.stderr))

    def use(place: str) -> None:
        if os.environ.pop(VARIABLE, None):
            log(f"{VARIABLE} names the old key; unset it, or export the place of {place} on this machine")

    with told(), open_recovery(environment, log, config_file, command="rotate ssh-key") as stack:
        rotation = rotate_ssh_key(stack, _shared_place(new), use, log)
    summary = (
        f"{rotation.after} opens every server. Give it to the other operators; the old key opens none and can"
        " be deleted"
    )
    sys.stdout.write((json.dumps(rotation.as_json()) if as_json else summary) + "\n")


def _shared_place(place: str) -> str:
    """The place as every operator has it: a shell has put the operator's home for `~`."""
    home = f"{Path.home()}/"
    return f"~/{place.removeprefix(home)}" if place.startswith(home) else place


def add_rotate(app: typer.Typer) -> None:
    """Put them on the command line."""
    app.add_typer(rotate, name="rotate")
