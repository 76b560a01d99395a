"""Arguments and options that commands have in common."""

import os
import re
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from pathlib import Path
from typing import Annotated

import typer

from messages.progress import PROGRESS

CONFIG_FILE_VARIABLE = "OPERATE_CONFIG_FILE"
_WRITERS = ("init",)
"""Commands that write the stack file."""
_FILE_NAME = re.compile(r"Pulumi\.(?P<stack>.+)\.yaml")
_named_stack: ContextVar[str] = ContextVar("stack that the command names", default="")


def named_stack() -> str:
    """Return the stack that the running command names; "" where it takes none."""
    return _named_stack.get()


def remember_stack(environment: str) -> str:
    """Keep the stack that a command names, for its messages, and enter its environment; returns it."""
    from operate.stack.local_environment import enter_local_environment  # json takes a while to load

    enter_local_environment(environment)
    _named_stack.set(environment)
    PROGRESS.stack = environment
    return environment


def complete_environment(incomplete: str) -> list[str]:
    """Return the stacks whose names begin so, for the shell's completion."""
    from operate.stack.config.stack_file import environments  # json takes a while to load

    return [environment for environment in environments() if environment.startswith(incomplete)]


def complete_server(context: typer.Context, incomplete: str) -> list[str]:
    """Return the servers of the stack file whose names begin so, for the shell's completion.

    A server's own name is offered to who has begun to write that.
    """
    from operate.error import OperateError
    from operate.stack.config.setting_keys import SERVERS
    from operate.stack.config.stack_file import read_list, stack_file_of
    from operate.stack.local_environment import enter_local_environment

    stack = str(context.params.get("environment") or "") or _typed_stack(context)
    enter_local_environment(stack)
    variable, config_file = os.environ.get(CONFIG_FILE_VARIABLE), context.params.get("config_file")
    if variable and not config_file:
        config_file = _file_of_stack(Path(variable), stack)
    try:
        servers = read_list(stack_file_of(stack, config_file), SERVERS)
    except OperateError:
        return []
    entries = [server for server in servers if isinstance(server, Mapping)]
    full_names = [f"{server.get('datacenter')}-{server.get('name')}" for server in entries]
    names = [str(server.get("name")) for server in entries]
    return _beginning(full_names, incomplete) or _beginning(names, incomplete)


def _typed_stack(context: typer.Context) -> str:
    """Return the first word after the command; an option that has no value yet has Click read no argument."""
    line = os.environ.get("COMP_WORDS") or os.environ.get("_TYPER_COMPLETE_ARGS") or ""
    words = line.split()[len(context.command_path.split()) :]
    return next((word for word in words if not word.startswith("-")), "")


def _beginning(names: Sequence[str], incomplete: str) -> list[str]:
    return sorted({name for name in names if name.startswith(incomplete)})


Environment = Annotated[
    str, typer.Argument(help="Stack.", autocompletion=complete_environment, callback=remember_stack)
]


def file_of_named_stack(context: typer.Context, file: Path | None) -> Path | None:
    """Return the file that the operator names; None where a variable names that of another stack.

    `make shell` exports the local stack's file, which must not be taken for another stack's.

    Args:
        context: Context of the command.
        file: File as the option or the variable has it.

    Raises:
        typer.BadParameter: There is no such file, and the command does not write it.
    """
    source, stack = context.get_parameter_source("config_file"), named_stack()
    if file is not None and source is not None and source.name == "ENVIRONMENT" and stack:
        file = _file_of_stack(file, stack)
    if file is not None and not file.is_file() and context.info_name not in _WRITERS:
        _require_present(file, stack)
    return file


def _require_present(file: Path, stack: str) -> None:
    from operate.stack.local_environment import is_local_down  # json takes a while to load

    # The variable of a shell that `make shell` opened outlives the stack, which is reported as such.
    if not is_local_down(stack):
        raise typer.BadParameter(
            f"there is no file {file}; without this option and without {CONFIG_FILE_VARIABLE}"
            " stacks/Pulumi.ENV.yaml is taken"
        )


def _file_of_stack(file: Path, stack: str) -> Path | None:
    file_stack = _FILE_NAME.fullmatch(file.name)
    return file if file_stack is None or file_stack["stack"] == stack else None


def refuse_options(option: str, effect: str, options: Mapping[str, bool]) -> None:
    """Refuse options that would have no effect beside another one, before anything is done.

    Args:
        option: The other one, such as `--back`.
        effect: Effect of the option, for people.
        options: Whether each was given, by its name.

    Raises:
        typer.BadParameter: One of the options was given.
    """
    if names := [name for name, is_given in options.items() if is_given]:
        raise typer.BadParameter(
            f"{option} {effect}, and must be given without {', '.join(names)}", param_hint=option
        )


def require_option(option: str, reason: str, options: Mapping[str, bool], *, is_given: bool) -> None:
    """Refuse options that have an effect beside another one alone, before anything is done.

    Args:
        option: The other one, such as `--to`.
        reason: Effect of the option, for people.
        options: Whether each was given, by its name.
        is_given: Whether the other one was given.

    Raises:
        typer.BadParameter: An option was given without the one that it depends on.
    """
    for name, is_other_given in options.items():
        if is_other_given and not is_given:
            raise typer.BadParameter(f"{name} needs {option}, which {reason}", param_hint=name)


DASHBOARD_PORT = 8790
"""TCP port of the dashboard on 127.0.0.1 (choice)."""
DashboardPort = Annotated[
    int, typer.Option("--port", min=0, max=65535, help="TCP port on 127.0.0.1; 0 is a free one.")
]
OpenPort = Annotated[
    int | None,
    typer.Option(
        "--port",
        min=0,
        max=65535,
        help=f"TCP port on 127.0.0.1; 0 is a free one. By default {DASHBOARD_PORT}, or a free one if another"
        " program has that.",
    ),
]
ConfigFile = Annotated[
    Path | None,
    typer.Option(
        help="The stack file, if it is not stacks/Pulumi.ENV.yaml.",
        envvar=CONFIG_FILE_VARIABLE,
        callback=file_of_named_stack,
    ),
]
Why = Annotated[str, typer.Option(help="Reason, for the history.")]
Without = Annotated[
    list[str] | None,
    typer.Option(
        help="Server whose front door is lost: it is left out. May be repeated.",
        autocompletion=complete_server,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON on standard output.")]
