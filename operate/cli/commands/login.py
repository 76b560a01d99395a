"""The commands login and logout."""

import json
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from operate.cli.errors import report_errors
from operate.cli.parameters import AsJson, Environment

if TYPE_CHECKING:
    from operate.login.login import ClientResult

Clients = Annotated[
    list[str] | None,
    typer.Option("--client", help="docker, podman or skopeo; else all that are installed. May be repeated."),
]


def login(environment: Environment, client: Clients = None, as_json: AsJson = False) -> None:
    """Log the clients of this machine in: they believe the registry's authority and know its user.

    The authority is put where the client looks for that one registry, never into the system's trust.
    A client that fails does not stop the others; the exit code is then 1, also with --json.

    Example: operate login prod --client podman
    """
    from operate.login.login import installed_clients, log_in, parse_login

    with report_errors():
        clients = installed_clients(client or ())
        registry = parse_login(environment, _outputs(environment))
        done = f"logged in to {registry.address} as {registry.user}"
        _show(log_in(clients, registry), registry.address, done, as_json=as_json)


def logout(environment: Environment, client: Clients = None, as_json: AsJson = False) -> None:
    """Undo it: the clients forget the login and the registry's authority.

    A client that fails does not stop the others; the exit code is then 1, also with --json.

    Example: operate logout prod
    """
    from operate.login.login import installed_clients, log_out, parse_login

    with report_errors():
        clients = installed_clients(client or ())
        registry = parse_login(environment, _outputs(environment))
        done = f"logged out of {registry.address}"
        _show(log_out(clients, registry.address), registry.address, done, as_json=as_json)


def _outputs(environment: str) -> dict[str, object]:
    from operate.stack.automation.outputs import outputs  # the Automation API takes a second to load

    return dict(outputs(environment))


def _show(results: "Iterable[ClientResult]", address: str, done: str, *, as_json: bool) -> None:
    """Print a line a client, or all as JSON; fails where one failed, once all have had their turn."""
    ended = []
    for result in results:
        ended.append(result)
        if not as_json:
            sys.stdout.write(f"{result.program}: {result.failure or done}\n")
    if as_json:
        clients = [{"client": result.program, "failure": result.failure or None} for result in ended]
        sys.stdout.write(json.dumps({"registry": address, "clients": clients}, indent=2) + "\n")
    if any(result.failure for result in ended):
        raise typer.Exit(1)


def add_login(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(login)
    app.command()(logout)
