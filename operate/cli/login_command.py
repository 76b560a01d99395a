"""The commands login and logout."""

import sys
from collections.abc import Iterable
from typing import Annotated

import typer

from operate.cli.swap_commands import Environment, report_errors
from operate.login.login import ClientResult, installed_clients, log_in, log_out, parse_login

Clients = Annotated[
    list[str] | None,
    typer.Option("--client", help="docker, podman or skopeo; else all that are installed. May be repeated."),
]


def login(environment: Environment, client: Clients = None) -> None:
    """Log the clients of this machine in: they believe the registry's authority and know its user.

    The authority is put where the client looks for that one registry, never into the system's trust.

    Example: operate login prod --client podman
    """
    with report_errors():
        clients = installed_clients(client or ())
        registry = parse_login(environment, _outputs(environment))
        _show(log_in(clients, registry), f"logged in to {registry.address} as {registry.user}")


def logout(environment: Environment, client: Clients = None) -> None:
    """Undo it: the clients forget the login and the registry's authority.

    Example: operate logout prod
    """
    with report_errors():
        clients = installed_clients(client or ())
        registry = parse_login(environment, _outputs(environment))
        _show(log_out(clients, registry.address), f"logged out of {registry.address}")


def _outputs(environment: str) -> dict[str, object]:
    from operate.stack.outputs import outputs  # the Automation API takes a second to load

    return dict(outputs(environment))


def _show(results: Iterable[ClientResult], done: str) -> None:
    """Print a line a client; fails where every one failed."""
    failures = []
    for result in results:
        failures.append(bool(result.failure))
        sys.stdout.write(f"{result.program}: {result.failure or done}\n")
    if all(failures):
        raise typer.Exit(1)


def add_login(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(login)
    app.command()(logout)
