"""The options that the commands `rotate` have in common."""

import inspect
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Annotated

import typer

from operate.cli.parameters import AsJson, ConfigFile, Environment
from operate.record.options import SwapOptions

_OVERLAP = "Minutes for which the old secret stays valid; the command waits for them."
_OVERLAP_OF_CLIENTS = (
    "Only with --retire: minutes since the switch after which the old secret is given up; the command waits"
    " for them."
)


@dataclass(frozen=True)
class RotationOptions:
    """Options that commands have in common; each command takes those that it names.

    Attributes:
        environment: Name of the stack.
        overlap: Minutes for which the old secret is accepted; None is the secret's own.
        retire: Whether clients trust the new authority.
        bake: Minutes for which the new colour is watched.
        throttle: Throttle as of a swap.
        abort: Whether the rotation is given up.
        as_json: Whether the result is printed as JSON.
        config_file: The stack's file, where it is elsewhere.
    """

    environment: Environment
    overlap: Annotated[
        float | None,
        typer.Option(min=0, help=_OVERLAP),
    ] = None
    retire: Annotated[
        bool, typer.Option("--retire", help="Give up the old authority: clients trust the new one.")
    ] = False
    bake: Annotated[float, typer.Option(min=0, help="Minutes for which the swap watches the new colour.")] = (
        SwapOptions.bake / 60
    )
    throttle: Annotated[float, typer.Option(min=0, help="As for `operate swap`.")] = SwapOptions.throttle
    abort: Annotated[
        bool, typer.Option("--abort", help="Give up a rotation whose new secret is not live yet.")
    ] = False
    as_json: AsJson = False
    config_file: ConfigFile = None


def shared_parameters(names: Collection[str]) -> Mapping[str, inspect.Parameter]:
    """Return the parameters of options that a command has in common with others.

    Where a rotation waits for clients, --overlap counts once these are ready, which --retire says.

    Args:
        names: Fields of `RotationOptions`.
    """
    signature = inspect.signature(RotationOptions).parameters
    parameters = {name: signature[name] for name in names}
    if "overlap" in parameters and "retire" in parameters:
        option = Annotated[float | None, typer.Option(min=0, help=_OVERLAP_OF_CLIENTS)]
        parameters["overlap"] = parameters["overlap"].replace(annotation=option)
    return parameters
