"""The commands status and history."""

import json
import sys
from dataclasses import replace
from typing import Annotated

import typer

from operate.cli.errors import report_errors
from operate.cli.opened_stack import open_stack
from operate.cli.parameters import AsJson, ConfigFile, Environment, Without
from operate.error import OperateError


def show_status(
    environment: Environment,
    without: Without = None,
    as_json: AsJson = False,
    config_file: ConfigFile = None,
) -> None:
    """Show colours, releases, transfers, traffic, the lock and the swap under way.

    Example: operate status prod
    """
    from rich.console import Console

    from operate.cli.status_tables import print_status
    from operate.stack.account_cancellations import ask_account, with_cancellations
    from operate.stack.status import status

    with (
        report_errors(),
        open_stack(environment, "status", config_file, without=without) as opened,
        ask_account(opened.facts) as answer,
    ):
        observation = opened.operations.observe(opened.facts)
        facts, notices = with_cancellations(observation.facts, answer)
        current_status = status(environment, replace(observation, facts=facts), opened.store)
        current_status = replace(current_status, warnings=(*notices, *current_status.warnings))
    if as_json:
        sys.stdout.write(json.dumps(current_status.as_json(), indent=2) + "\n")
    else:
        print_status(current_status, Console(file=sys.stdout))


def history(
    environment: Environment,
    count: Annotated[int, typer.Option("--count", "-n", min=1, help="So many entries.")] = 20,
    report: Annotated[str, typer.Option(help="Print the HTML report of the entry with this id.")] = "",
    as_json: AsJson = False,
    config_file: ConfigFile = None,
) -> None:
    """Show who did what, when, why, and how it ended; the last one first.

    Example: operate history prod
    """
    from operate.stack.status import describe_entry

    with report_errors(), open_stack(environment, "history", config_file, use_cache=True) as opened:
        if report:
            page = opened.operations.history.report(report)
            if page is None:
                raise OperateError(
                    f"entry {report} has no report; see `operate history {environment} --json`"
                )
            sys.stdout.write(page + "\n")
            return
        entries = opened.operations.history.entries(count)
    if as_json:
        sys.stdout.write(json.dumps([entry.as_json() for entry in entries], indent=2) + "\n")
    else:
        sys.stdout.writelines(f"{describe_entry(entry)}\n" for entry in entries)


def add_status(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("status")(show_status)
    app.command()(history)
