"""The command `recover`: brings a stack back whose servers are gone."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from messages.progress import report
from operate.cli.confirmation import confirm_by
from operate.cli.errors import report_errors
from operate.cli.parameters import (
    AsJson,
    ConfigFile,
    Environment,
    complete_server,
    refuse_options,
    require_option,
)
from operate.error import OperateError


def recover(
    environment: Environment,
    server: Annotated[
        list[str] | None,
        typer.Option(
            help="Server to recover; may be repeated. By default all servers.",
            autocompletion=complete_server,
        ),
    ] = None,
    accept_host_key: Annotated[
        list[str] | None,
        typer.Option(
            help="Server whose new SSH host key you have compared with its console, SERVER or"
            " SERVER=FINGERPRINT; with a fingerprint no other key is believed. May be repeated.",
            autocompletion=complete_server,
        ),
    ] = None,
    on: Annotated[
        str,
        typer.Option(
            help="Standby that becomes the registry at once, without an order; the address follows.",
            autocompletion=complete_server,
        ),
    ] = "",
    force: Annotated[
        bool, typer.Option(help="With --on: start it even if a front door there is healthy.")
    ] = False,
    fresh: Annotated[bool, typer.Option(help="With --on: ask Pulumi, instead of the cache.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Order without asking.")] = False,
    as_json: AsJson = False,
    config_file: ConfigFile = None,
) -> None:
    """Bring the registry back after a server was lost: order it again, set it up, verify.

    The command first shows what it would order and what the stack would cost, and asks. Without a terminal
    it orders only with --yes. --on starts the registry on a standby within seconds and orders nothing.

    A server that was reloaded in the portal is set up again. It shows another SSH host key. The command
    stops with its fingerprint: compare that with the server's console, then add --accept-host-key SERVER.

    Examples: operate recover prod --server a
              operate recover prod --accept-host-key a
              operate recover prod --on b
    """
    if on:
        without_effect = {
            "--server": bool(server), "--accept-host-key": bool(accept_host_key), "--yes": yes,
        }  # fmt: skip
        refuse_options("--on", "orders nothing", without_effect)
        _take_over(environment, on, config_file, force=force, fresh=fresh, as_json=as_json)
        return
    require_option("--on", "names a standby", {"--force": force, "--fresh": fresh}, is_given=False)
    from operate.recover.runner import RecoveryRequest, run_recovery  # Pulumi and Swift take a second to load

    request = RecoveryRequest(
        environment, config_file, tuple(server or ()), tuple(accept_host_key or ()), agreed=yes
    )
    with report_errors():
        recovery = run_recovery(request, report, confirm_by(yes=yes))
    summary = describe_recovery(environment, recovery.missing, recovery.changes)
    sys.stdout.write((json.dumps(recovery.as_json()) if as_json else summary) + "\n")


def describe_recovery(environment: str, missing: Sequence[str], changes: str) -> str:
    """Return what came of a recovery, for people.

    Args:
        environment: The stack's name.
        missing: Resources that were lost.
        changes: Changes that `pulumi up` made.
    """
    from operate.stack.state.restored import NOTHING_TO_DO

    if missing:
        verb = "was" if len(missing) == 1 else "were"
        return f"{' and '.join(missing)} {verb} lost, and the stack is recovered: {changes}"
    changes, _, warnings = changes.partition("; warning: ")
    if warnings:
        return (
            f"no server is lost, but a server cannot be worked on: {warnings}. Done: {changes}."
            f" `operate doctor {environment}` asks each server"
        )
    doctor = f"`operate doctor {environment}` shows whether what is there works"
    if changes == NOTHING_TO_DO:
        return f"nothing is lost, and nothing was to be done. {doctor}"
    return (
        "the account has every server of the stack. What was missing or outdated on them, or differed from"
        f" the stack file, was done: {changes}. {doctor}"
    )


def _take_over(
    environment: str, name: str, config_file: Path | None, *, force: bool, fresh: bool, as_json: bool
) -> None:
    from operate.history.events import event_now
    from operate.recover.takeover.environment import open_takeover
    from operate.recover.takeover.takeover import take_over  # SSH and Swift take half a second to load

    with report_errors(), open_takeover(environment, name, report, config_file, fresh=fresh) as opened:
        takeover = take_over(opened.facts, name, opened.live, opened.doors, opened.dependencies, force=force)
        opened.events.append(event_now("takeover", takeover.description))
        try:
            opened.place_on(takeover.door, takeover.replaced_doors)
            report(f"stack file ok: the front door is on {takeover.standby}")
        except OperateError as error:
            report(
                f"stack file failed: {error}. Set frontDoor of {takeover.standby} to true by hand, see"
                " docs/runbooks/lost-server.md"
            )
    summary = (
        f"{takeover.standby} is the registry, {takeover.endpoint}."
        + (f" To do: {takeover.address}." if takeover.address else "")
        + f" Clients log in by `operate login {environment}`. Then `operate recover {environment}` makes it"
        " permanent, and orders a server only where the account has lost it; until then swaps, rollbacks,"
        " moves and rotations are refused"
    )
    sys.stdout.write((json.dumps(takeover.as_json()) if as_json else summary) + "\n")


def add_recover(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(recover)
