"""The commands login and logout."""

import json
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from operate.cli.errors import report_errors
from operate.cli.parameters import AsJson, ConfigFile, Environment

if TYPE_CHECKING:
    from operate.login.login import ClientResult

Clients = Annotated[
    list[str] | None,
    typer.Option(
        "--client", help="docker, podman or skopeo; by default all that are installed. May be repeated."
    ),
]


def login(
    environment: Environment,
    client: Clients = None,
    as_json: AsJson = False,
    config_file: ConfigFile = None,
) -> None:
    """Log the clients of this machine in: they trust the registry's authority and know its user.

    The authority is written where the client looks for this one registry, never into the system's trust.
    After a move or a takeover, the clients also forget the registry's former address.
    A client that fails does not stop the others; the exit code is then 1, also with --json.

    Example: operate login prod --client podman
    """
    from operate.login.login import installed_clients, log_in, parse_login
    from operate.login.recorded_logins import recorded_logins

    with report_errors():
        clients = installed_clients(client or ())
        registry = parse_login(environment, _outputs(environment, config_file))
        _show(log_in(clients, registry, recorded_logins(environment)), registry.user, as_json=as_json)


def logout(
    environment: Environment,
    client: Clients = None,
    as_json: AsJson = False,
    config_file: ConfigFile = None,
) -> None:
    """Undo `operate login`: clients forget the logins and the registry's authority, at former addresses too.

    This also works once the stack is gone, since `operate login` records the addresses on this machine. Where
    none is recorded and there is no stack, a line says what ends a login that was made by hand.
    A client that fails does not stop the others; the exit code is then 1, also with --json.

    Example: operate logout prod
    """
    from operate.error import OperateError
    from operate.login.login import NoLoginError, describe_no_login, installed_clients, log_out
    from operate.login.recorded_logins import recorded_logins
    from operate.stack.local_environment import LOCAL

    recorded = recorded_logins(environment)

    def present_address() -> str:
        return _present_address(environment, config_file)

    with report_errors():
        clients = installed_clients(client or ())
        try:
            _show(log_out(clients, recorded, present_address), as_json=as_json)
        except NoLoginError:
            if elsewhere := recorded.elsewhere():
                remedy = (
                    "Run the same command in the checkout that brought that one up"
                    if environment == LOCAL
                    else "Export PULUMI_BACKEND_URL as it was at the login, then run the same command again"
                )
                raise OperateError(
                    f"logins to a stack {environment} of another backend are recorded:"
                    f" {', '.join(elsewhere)}. {remedy}"
                ) from None
            message = describe_no_login(environment, clients)
            sys.stdout.write((json.dumps({"clients": [], "message": message}) if as_json else message) + "\n")


def _present_address(environment: str, config_file: Path | None) -> str:
    """Return the address of a stack's registry, for a client of which no login is recorded.

    Raises:
        NoLoginError: There is no stack, or it has no registry.
        OperateError: The outputs of the stack cannot be read.
    """
    from operate.error import OperateError
    from operate.login.login import NoLoginError
    from operate.stack.automation.outputs import NoStackError
    from operate.stack.local_environment import is_local_down

    if is_local_down(environment):
        raise NoLoginError(f"environment {environment}: it is down")
    try:
        # The message about a missing stack would wait for the account.
        values = _outputs(environment, config_file, lambda *_: "there is no stack of that name")
    except NoStackError as error:
        raise NoLoginError(str(error)) from None
    except OperateError as error:
        raise OperateError(
            f"no login to its registry is recorded on this machine, and its address is unknown: {error}"
        ) from error
    if not (endpoint := values.get("endpoint")):
        raise NoLoginError(f"environment {environment}: it has no registry")
    return str(endpoint).partition("://")[2]


def _outputs(
    environment: str, config_file: Path | None, *explain: Callable[[str, Path | None], str]
) -> dict[str, object]:
    from operate.stack.automation.outputs import outputs  # the Automation API takes a second to load

    return dict(outputs(environment, config_file, *explain))


def _show(results: "Iterable[ClientResult]", user: str = "", *, as_json: bool) -> None:
    """Print a line a client and address, or all as JSON; fails where one failed, once all have had a turn."""
    ended = []
    for result in results:
        ended.append(result)
        if not as_json:
            sys.stdout.write(f"{result.program}: {_describe(result, user)}\n")
    if as_json:
        clients = [
            {
                "client": result.program,
                "action": result.action,
                "registry": result.address,
                "failure": result.failure or None,
            }
            for result in ended
        ]
        sys.stdout.write(json.dumps({"clients": clients}, indent=2) + "\n")
    if any(result.failure for result in ended):
        raise typer.Exit(1)


def _describe(result: "ClientResult", user: str) -> str:
    address = f"{result.address}, the registry's former address" if result.is_former else result.address
    if result.failure:
        return f"{address}: {result.failure}"
    return f"logged in to {address} as {user}" if result.action == "login" else f"logged out of {address}"


def add_login(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(login)
    app.command()(logout)
