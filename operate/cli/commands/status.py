"""The commands status and history."""

import json
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from messages.progress import report as progress_report
from messages.progress import step
from operate.cli.errors import report_errors
from operate.cli.opened_stack import open_stack
from operate.cli.parameters import AsJson, ConfigFile, Environment, Without, refuse_options
from operate.error import EXIT_FAILED, NotStartedError

if TYPE_CHECKING:
    from operate.status.status import StackStatus

_ENTRIES = 20
"""Entries of the history that are shown (choice)."""


def show_status(
    environment: Environment,
    without: Without = None,
    as_json: AsJson = False,
    config_file: ConfigFile = None,
) -> None:
    """Show colours, releases, transfers, traffic, the lock and the swap under way.

    The exit code is 1 where a front door does not answer, or finds its live colour unhealthy.

    Example: operate status prod
    """
    with report_errors(), step(f"status of {environment}"):
        current_status = _read_status(environment, without, config_file)
    if current_status.unknown_records:
        _show_unknown(current_status, as_json=as_json)
    if as_json:
        sys.stdout.write(json.dumps(current_status.as_json(), indent=2) + "\n")
    else:
        from operate.cli.status_tables import print_status, status_console

        print_status(current_status, status_console())
    if not current_status.is_serving:
        raise typer.Exit(EXIT_FAILED)


def _show_unknown(current_status: "StackStatus", *, as_json: bool) -> None:
    """Show people what the front doors alone report, and end with why the rest is not known."""
    from operate.store.object_store import StoreError

    if not as_json:
        from operate.cli.status_tables import print_doors, status_console

        print_doors(current_status, status_console())
    with report_errors():
        raise StoreError(current_status.unknown_records)


def _read_status(environment: str, without: Without, config_file: ConfigFile) -> "StackStatus":
    from operate.status.account_cancellations import account_question, with_cancellations

    with (
        account_question() as question,
        open_stack(environment, "status", config_file, without=without, is_question=True) as opened,
        question.ask(opened.facts) as answer,
    ):
        import operate.cli.status_tables  # noqa: F401 - Rich loads while the account answers
        from operate.rotate.under_way import noted_rotation
        from operate.status.live_setting import noted_live
        from operate.status.status import status, status_of_doors
        from operate.store.object_store import StoreError

        rotation = noted_rotation(environment, config_file)
        try:
            _require_own_records(environment, config_file)
            observation = opened.operations.observe(opened.facts)
            facts, notices = with_cancellations(observation.facts, answer)
            observed, live = replace(observation, facts=facts), noted_live(environment, config_file)
            current_status = status(environment, observed, opened.store, rotation, live)
        except StoreError as error:
            facts, notices = with_cancellations(opened.facts, answer)
            doors = opened.operations.observe_doors(facts)
            current_status = status_of_doors(environment, doors, rotation, str(error))
    return replace(current_status, warnings=(*notices, *current_status.warnings))


def _require_own_records(environment: str, config_file: ConfigFile) -> None:
    """Read no records that a lost key has signed, which look like somebody else's.

    Raises:
        StoreError: An adoption has not ended.
    """
    from operate.stack.config.unfinished_adoption import noted_adoption
    from operate.store.object_store import StoreError

    if adoption := noted_adoption(environment, config_file):
        raise StoreError(adoption)


def history(
    environment: Environment,
    count: Annotated[int, typer.Option("--count", "-n", min=1, help="Number of entries.")] = _ENTRIES,
    report: Annotated[str, typer.Option(help="Print the HTML report of the entry with this number.")] = "",
    as_json: AsJson = False,
    config_file: ConfigFile = None,
) -> None:
    """Show what was done to the stack: who, when, why, and how it ended; the last one first.

    Swaps, rollbacks, retirements and moves have a number and a report; takeovers, recoveries, adoptions, and
    rotations without a swap have a line.

    Example: operate history prod
    """
    from operate.history.events import merge_events, read_events
    from operate.history.interrupted import name_commands
    from operate.stack.config.unfinished_adoption import noted_adoption
    from operate.status.status import numbered_lines

    if report:
        without_effect = {"--count": count != _ENTRIES, "--json": as_json}
        refuse_options("--report", "prints the page of one entry", without_effect)
    if adoption := noted_adoption(environment, config_file):
        progress_report(adoption)
    with (
        report_errors(),
        open_stack(environment, "history", config_file, is_question=True, use_cache=True) as opened,
    ):
        if report:
            page = opened.operations.history.report(report)
            if page is None:
                raise NotStartedError(
                    f"there is no entry {report}, or it has no report; `operate history {environment}` lists"
                    " the entries with their numbers"
                )
            sys.stdout.write(page + "\n")
            return
        history_entries = opened.operations.history.entries(count)
        entries = merge_events(history_entries, read_events(opened.store, count), count)
        entries = [name_commands(entry, environment) for entry in entries]
    if as_json:
        sys.stdout.write(json.dumps([entry.as_json() for entry in entries], indent=2) + "\n")
    else:
        lines = numbered_lines(entries) or [f"nothing was done to {environment} yet"]
        sys.stdout.writelines(f"{line}\n" for line in lines)


def add_status(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("status")(show_status)
    app.command()(history)
