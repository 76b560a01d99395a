"""The command ssh."""

from dataclasses import replace
from typing import Annotated

import typer

from messages.progress import step
from operate.cli.errors import report_errors
from operate.cli.parameters import ConfigFile, Environment, complete_server


def ssh(
    environment: Environment,
    server: Annotated[
        str,
        typer.Argument(
            help="Server: DATACENTER-NAME, or NAME if only one has it.", autocompletion=complete_server
        ),
    ],
    command: Annotated[
        list[str] | None, typer.Argument(help="Command to run there; by default a shell.")
    ] = None,
    config_file: ConfigFile = None,
) -> None:
    """Log in to a server with the operator's key; only the host key that the stack has pinned is trusted.

    While `operate rotate host-key` is under way, the server's new key is trusted as well.

    Put options before ENVIRONMENT: all that follows SERVER is the command. The server's shell reads it, as
    with ssh: quote the whole of what has quotes of its own. The exit code is that of ssh.

    Example: operate ssh prod dal13-a docker ps
    """
    with report_errors():
        with step(f"servers of {environment}"):
            from operate.clock import SystemClock
            from operate.servers.system_ssh import SSH_FAILED, choose_server, log_in, pinned_servers
            from operate.stack.automation.pulumi_stack import PulumiStack  # Pulumi takes a second to load
            from operate.stack.automation.pulumi_workspace import StackPlace
            from operate.stack.config.staged_host_key import staged_host_key
            from operate.stack.facts_cache import facts_cache
            from operate.stack.operator_key import operator_key

            place = StackPlace(environment, config_file and config_file.resolve())
            stack = PulumiStack(place, SystemClock(), facts_cache(environment, config_file).write)
            chosen = choose_server(environment, server, pinned_servers(stack.server_outputs()))
            staged = staged_host_key(environment, config_file, chosen.name)
            chosen, key = replace(chosen, staged_host_key=staged), operator_key(environment, config_file)
        code = log_in(chosen, key, command or ())
        if code == SSH_FAILED:
            from operate.servers.login_failure import require_login

            require_login(chosen, key)
    raise typer.Exit(code)


def add_ssh(app: typer.Typer) -> None:
    """Add the command."""
    app.command(context_settings={"allow_interspersed_args": False})(ssh)
