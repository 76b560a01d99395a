"""Arguments and options that commands have in common."""

from contextvars import ContextVar
from pathlib import Path
from typing import Annotated

import typer

from messages.progress import PROGRESS

_named_stack: ContextVar[str] = ContextVar("stack that the command names", default="")


def named_stack() -> str:
    """Return the stack that the running command names; "" where it takes none."""
    return _named_stack.get()


def remember_stack(environment: str) -> str:
    """Keep the stack that a command names, for its messages; returns it."""
    _named_stack.set(environment)
    PROGRESS.stack = environment
    return environment


def complete_environment(incomplete: str) -> list[str]:
    """Return the stacks whose names begin so, for the shell's completion."""
    from operate.stack.stack_file import environments  # json takes a while to load

    return [environment for environment in environments() if environment.startswith(incomplete)]


Environment = Annotated[
    str, typer.Argument(help="Stack.", autocompletion=complete_environment, callback=remember_stack)
]
ConfigFile = Annotated[
    Path | None,
    typer.Option(
        help="The stack's file where it is not stacks/Pulumi.ENV.yaml.", envvar="OPERATE_CONFIG_FILE"
    ),
]
Why = Annotated[str, typer.Option(help="Reason, for the history.")]
Without = Annotated[
    list[str] | None,
    typer.Option(help="Server whose front door is lost, and is left alone; may be repeated."),
]
AsJson = Annotated[bool, typer.Option("--json", help="The result as JSON on standard output.")]
